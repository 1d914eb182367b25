"""The SIP edge: the one address callers know, in front of the conversations."""
