# SPDX-License-Identifier: BSD-3-Clause
"""The lab: a customer site, an internet, an AWS region, all in network namespaces of one machine.

`lab.core.Lab` is the way in; README.md beside this package draws the picture."""
