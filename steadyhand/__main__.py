"""``python -m steadyhand``: the command line of the tree that is worked in, whatever is installed."""

from steadyhand.cli import main

if __name__ == "__main__":
    main()
