"""What goes wrong, as full sentences for the user.

    CommuniqueError
    ├── UsageError      a wrong option, rule file or folder: nothing can be run (exit code 2)
    └── DocumentError   one document cannot be read: the others are (exit code 3)

A message says what was found, what was expected, where, and what to do. The command line prints it
without a traceback.
"""


class CommuniqueError(Exception):
    """Base of every error that is the user's to mend."""


class UsageError(CommuniqueError):
    """The command, an option or a rule file is wrong; the run cannot start."""


class DocumentError(CommuniqueError):
    """One input cannot become a record.

    `status` is the word for it in a run's report: "invalid" for an input that is not what its name says.
    """

    def __init__(self, message: str, status: str = "invalid") -> None:
        super().__init__(message)
        self.status = status
