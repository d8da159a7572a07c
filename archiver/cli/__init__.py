"""The command line: one file per command. Results go to stdout, talk and progress to stderr."""
