# Prints what bash offers for words: bash ask.bash SCRIPT WORD…
source "$1"
shift
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
"$(complete -p sockwarden | sed 's/.*-F \([^ ]*\) .*/\1/')"
((${#COMPREPLY[@]})) && printf '%s\n' "${COMPREPLY[@]}"
exit 0
