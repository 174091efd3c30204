"""Holds the repository to STYLE.md and ARCHITECTURE.md: one line per fault, non-zero if there is any.

usage: tidy.py [FOLDER]
"""
import pathlib
import sys

import include_rules
import link_rules
import text_rules
from tree import Tree

RULES = (*text_rules.RULES, *include_rules.RULES, *link_rules.RULES)


def main():
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    tree = Tree(root)
    faults = [fault for rule in RULES for fault in rule(tree)]
    for fault in faults:
        print(fault)
    print(f"tidy: {len(RULES)} rules on {len(tree.paths)} files, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
