"""Build the site: ``python build.py --help`` lists the commands."""

from sitegen.cli import leave, main

if __name__ == "__main__":  # worker processes import this file again
    leave(main())
