"""One file for each revision: what it changes, as it was when it was written."""
