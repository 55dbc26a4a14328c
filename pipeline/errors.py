"""What goes wrong, as full sentences for the user.

    CommuniqueError
    ├── UsageError      a wrong option, rule file or folder: nothing can be run
    └── DocumentError   one document cannot be read: the others are

A message says what was found, what was expected, where, and what to do. The command line prints it
without a traceback, and ends with the error's exit code.
"""

INTERNAL_FAULT, WRONG_USAGE, DOCUMENTS_FAILED, BELOW_A_FLOOR = 1, 2, 3, 4
"""Exit codes of the command; 0 is all well."""


class CommuniqueError(Exception):
    """Base of every error that has a sentence for the user."""

    exit_code = INTERNAL_FAULT


class UsageError(CommuniqueError):
    """The command, an option or a rule file is wrong, or the output cannot be written."""

    exit_code = WRONG_USAGE


class DocumentError(CommuniqueError):
    """One input cannot become a record.

    `status` is the word for it in a run's report: "invalid" for an input that is not what its name says.
    """

    exit_code = DOCUMENTS_FAILED

    def __init__(self, message: str, status: str = "invalid") -> None:
        super().__init__(message)
        self.status = status
