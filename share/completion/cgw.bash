# SPDX-License-Identifier: BSD-3-Clause
# Completion of cgw for bash: the program asks the console, which completes as TAB does there.

_cgw() {
	local line=${COMP_LINE:0:COMP_POINT} current=${COMP_WORDS[COMP_CWORD]} words found
	read -ra words <<<"$line"
	[[ $line == *[[:space:]] ]] && words+=("")
	mapfile -t found < <("${words[0]}" --complete "${words[@]:1}" 2>/dev/null)
	# bash takes `=` for the end of a word: what stands before it is there already.
	local whole=${words[-1]}
	COMPREPLY=("${found[@]#"${whole%"$current"}"}")
	[[ ${#found[@]} == 1 && ${found[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _cgw cgw
