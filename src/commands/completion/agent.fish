# Completions of agent for fish. Made by: agent completion fish
# What is answered is never run; fish quotes what it puts into the line.
function __agent_complete
    set -l answer (command agent complete fish (commandline -cp | string collect) 2>/dev/null </dev/null)
    set -l head (string split \t -- $answer[1])
    # Names of files as fish itself completes those of a command that it does not know.
    set -l path (commandline -ct | string sub -s (math 1 + (string length -- "$head[2]")))
    switch "$head[1]"
        case files
            string replace -r -- '^' "$head[2]" (complete -C "__fish_command_without_completions $path")
        case folders
            string replace -r -- '^' "$head[2]" (complete -C "__fish_command_without_completions $path" | string match -- '*/')
        case '*'
            printf '%s\n' $answer[2..-1]
    end
end
complete -c agent -f -k -a '(__agent_complete)'
