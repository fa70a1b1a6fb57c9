# Completions of agent for bash. Made by: agent completion bash
# What is answered is never run, and needs no quotes: it goes into the line as it is.
_agent() {
  local answer head kept path word
  COMPREPLY=()
  answer=$(command agent complete bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null </dev/null)
  {
    IFS= read -r head
    while IFS= read -r word; do COMPREPLY+=("${word%%$'\t'*}"); done
  } <<<"$answer"
  # Names of files are left to bash, which knows how to quote them.
  case $head in
    files*@$'\t'*)
      # But behind an @ it would look for hosts.
      path=${head##*$'\t'} kept=${2%"$path"}
      while IFS= read -r word; do COMPREPLY+=("$kept$word"); done < <(compgen -f -- "$path")
      compopt -o filenames 2>/dev/null
      ;;
    files*) compopt -o default 2>/dev/null ;;
    folders*) compopt -o dirnames 2>/dev/null ;;
    *) [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=@] ]] && compopt -o nospace 2>/dev/null ;;
  esac
  return 0
}
if ((BASH_VERSINFO[0] < 4)); then
  complete -o default -F _agent agent # it cannot be told later
else
  complete -o nosort -F _agent agent 2>/dev/null || complete -F _agent agent
fi
