"""`python -m contact_center` is the `contact-center` command."""

from contact_center.cli import main

if __name__ == "__main__":
    main()
