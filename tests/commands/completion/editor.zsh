# Read by the shell that ask.zsh asks: TAB prints what is offered.
compadd() {
  local -a offered
  # With -O, -A or -D it adds nothing, and only computes.
  if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)* ]]; then
    builtin compadd "$@"
    return
  fi
  builtin compadd -A offered "$@"
  (( $#offered )) && print -l -- "" offer:$^offered
  builtin compadd "$@"
}
ask() {
  print
  zle complete-word
  print
  print -r -- "the end of offers"
}
zle -N ask
bindkey '^I' ask
print -r -- ready" to ask"
