#compdef agent
# Completions of agent for zsh. Made by: agent completion zsh
# What is answered is never run, and needs no quotes.
_agent() {
  local line
  local -a answer head whole open
  answer=("${(@f)$(command agent complete zsh "${(j: :)words[1,CURRENT-1]} $QIPREFIX$PREFIX" 2>/dev/null </dev/null)}")
  head=("${(@s:	:)answer[1]}")
  case $head[1] in
    files | folders)
      compset -p ${#head[2]}
      if [[ $head[1] == files ]]; then _files; else _files -/; fi
      ;;
    *)
      for line in "${(@)answer[2,-1]}"; do
        # Up to the tab the word; of the rest nothing is left where nothing is said.
        line="${${line%%	*}//:/\\:}:${line#*	}"
        if [[ ${line%%:*} == *[=@] ]]; then open+=("${line%:}"); else whole+=("${line%:}"); fi
      done
      _describe -V -t words 'agent' whole -- open -S ''
      ;;
  esac
}
if [[ $funcstack[1] == _agent ]]; then
  _agent "$@"
elif (($+functions[compdef])); then
  compdef _agent agent
fi
