# Prints what zsh offers for each line: zsh -f ask.zsh SCRIPT LINE…
# Completion runs only in the line editor, which wants a terminal.
zmodload zsh/zpty
zpty ask zsh -f -i
zpty -w ask "PS1= ; stty -echo"
zpty -w ask "autoload -U compinit && compinit -u -D; source ${(q)1}"
zpty -w ask "source ${(q)0:h}/editor.zsh"
zpty -r ask answer '*ready to ask*'
for line in "${@[2,-1]}"; do
  zpty -w -n ask "$line"$'\t'
  zpty -r ask answer '*the end of offers*'
  print -r -- "line:$line"
  print -r -- $answer | tr -d '\r' | sed -n 's/^offer://p'
  # Empties the line.
  zpty -w -n ask $'\x15'
done
zpty -d ask
