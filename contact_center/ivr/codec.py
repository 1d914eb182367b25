"""Flow states as JSON, for the conversation's blob and for storage."""

from contact_center.ivr.events import FlowState
from contact_center.runtime.codec import Codec

FLOW_STATE: Codec[FlowState] = Codec(FlowState)
