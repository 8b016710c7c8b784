#!/usr/bin/env bash
# Prints fifty sentences to read aloud: 20 of the docs, 10 of the help and 20 of the comments in src/.
#   docs/sentences.sh SEED
# The same seed and sources give the same sentences. Rewrite a sentence that you have to read twice.
set -euo pipefail
seed=${1:?"usage: docs/sentences.sh SEED"}
cd "$(dirname "$0")/.."

# Prose of Markdown files, a paragraph a line: "FILE<tab>TEXT". Code, tables and headings are left out.
markdown() {
    awk '
        function flush() { if (text != "") print file "\t" text; text = "" }
        FNR == 1 { flush(); code = 0; file = FILENAME }
        /^ *```/ { flush(); code = !code; next }
        code || /^    / && text == "" || /^ *(#|\||<|!\[)/ || /^ *$/ { flush(); next }
        /^ *([-*]|[0-9]+\.) / { flush(); sub(/^ *([-*]|[0-9]+\.) /, "") }
        { sub(/^ +/, ""); text = text == "" ? $0 : text " " $0 }
        END { flush() }' "$@"
}

# The descriptions of options in the tables of the command line's page.
help() {
    awk '/^\| `-/ { gsub(/\\\|/, "/"); split($0, cell, / \| /); sub(/ *\|$/, "", cell[2]); print FILENAME "\t" cell[2] }' "$@"
}

# Comments and XML docs of C# files, an element or a comment a line.
comments() {
    awk '
        function flush() { if (text != "") print file "\t" text; text = "" }
        FNR == 1 { flush(); file = FILENAME }
        !/^ *\/\// { flush(); if (match($0, /; +\/\/ /)) print file "\t" substr($0, RSTART + RLENGTH); next }
        {
            sub(/^ *\/\/\/? ?/, "")
            gsub(/<see (cref|langword)="[^"]*[.{]?"\/>|<(paramref|typeparamref) name="[^"]*"\/>/, "`&`")
            gsub(/`<[a-z]* [a-z]*="|"\/>`/, "`")
            gsub(/<\/?c>/, "`")
            gsub(/&lt;/, "<"); gsub(/&gt;/, ">")
            opens = /^<(summary|remarks|param|typeparam|returns|exception|para|code|inheritdoc)/
            closes = /<\/(summary|remarks|param|typeparam|returns|exception|para|code)>$|\/>$/
            gsub(/<\/?(summary|remarks|param|typeparam|returns|exception|para|code|inheritdoc)[^>]*>/, "")
            if (opens) flush()
            if ($0 != "") text = text == "" ? $0 : text " " $0
            if (closes) flush()
        }
        END { flush() }' "$@"
}

# Splits paragraphs into sentences of at least four words.
sentences() {
    awk -F '\t' '{
        text = $2; gsub(/[.!?] +/, "&\n", text); n = split(text, part, "\n"); whole = ""
        for (i = 1; i <= n; i++) {
            whole = whole part[i]
            if (whole ~ /(e\.g|i\.e|et al|vs|Fig|Eq)\. *$/) continue
            sub(/ +$/, "", whole)
            if (split(whole, words, / +/) >= 4) print $1 ": " whole
            whole = ""
        }
    }' | sort -u
}

# Takes some lines by the seed, with the generator of Park and Miller.
pick() {
    awk -v seed="$seed" -v salt="$2" 'BEGIN { x = (seed * 7919 + salt * 104729) % 2147483646 + 1; for (i = 0; i < 20; i++) x = x * 16807 % 2147483647 }
        { for (i = 0; i < 3; i++) x = x * 16807 % 2147483647; printf "%010d\t%s\n", x, $0 }' | sort | cut -f 2- | sed -n "1,$1p"
}

markdown README.md CONTRIBUTING.md $(find docs -name '*.md' ! -name cli.md | sort) | sentences | pick 20 1
{ markdown docs/cli.md; help docs/cli.md; } | sentences | pick 10 2
comments $(find src -name '*.cs' ! -path '*/obj/*' ! -path '*/bin/*' | sort) | sentences | pick 20 3
