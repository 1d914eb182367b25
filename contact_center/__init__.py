"""A contact centre: telephony, IVR, routing, screen-pop, history, wallboard."""

__version__ = "0.1.0"
