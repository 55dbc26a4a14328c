"""communique: press releases in, validated records of promises out."""

__version__ = "0.1.0"
