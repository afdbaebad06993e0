# SPDX-License-Identifier: BSD-3-Clause
# Completion of cgw for bash: the program asks the console, which completes as TAB does there.

_cgw() {
	local line=${COMP_LINE:0:COMP_POINT} current=${COMP_WORDS[COMP_CWORD]} words found begun=
	if [[ $current == [\'\"]* && ${COMP_WORDS[COMP_CWORD-1]} == -e ]]; then
		# A line of the console in quotes that are open: the shell completes the whole of it.
		read -ra words <<<"${current:1}"
		[[ $current == *[[:space:]\'\"] ]] && words+=("")
		begun=${current:1}
		begun=${begun%"${words[-1]}"}
		words=("${COMP_WORDS[@]:0:COMP_CWORD-1}" "${words[@]}")
		current=${words[-1]}
	else
		read -ra words <<<"$line"
		[[ $line == *[[:space:]] ]] && words+=("")
	fi
	found=$("${words[0]}" --complete "${words[@]:1}" 2>/dev/null)
	# Where it may be the name of a file the shell knows better.
	[[ $? == 4 ]] && compopt -o default
	mapfile -t found < <(printf %s "$found")
	# bash takes `=` for the end of a word: what stands before it is there already.
	local whole=${words[-1]}
	COMPREPLY=("${found[@]#"${whole%"$current"}"}")
	COMPREPLY=("${COMPREPLY[@]/#/$begun}")
	[[ ${#found[@]} == 1 && ${found[0]} == *= ]] && compopt -o nospace
}
complete -F _cgw cgw
