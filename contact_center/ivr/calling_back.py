"""The callback node: the offer, another number, the number said back, and the place in line kept. Pure."""

from math import ceil

from contact_center.ivr.events import AskCallback, CallbackTerms, Collected, RequestCallback
from contact_center.ivr.flow import Callback, Says
from contact_center.ivr.outside import Outside

ANSWER_WITHIN_S = 2.0
"""The line answers at once; a core that cannot has no callbacks to offer."""

MOST_DIGITS = 20


class CallingBack(Outside):
    """What a caller who is offered a callback hears, and what his keys mean."""

    def offer_callback(self, node: Callback) -> None:
        """Ask the line before anything is offered."""
        number = str(self.state.variables["caller_number"])
        self.change(phase="lookup", stage="", deadline=self.now + ANSWER_WITHIN_S)
        self.effects.append(AskCallback(queue=node.queue, number=number))

    def callback_terms(self, terms: CallbackTerms) -> None:
        node = self.node()
        if self.state.phase != "lookup" or not isinstance(node, Callback) or self.state.stage == "placing":
            return
        if not terms.available:
            self.go(node.unavailable)
            return
        if self.state.stage == "number":
            self.number_checked(node, terms.number)
            return
        self.keep_number(terms.number, _minutes(terms.wait_s), _minutes(_promise_s(terms)))
        if terms.number:
            self.put(node, "offer", _when(node, terms))
        elif node.ask_number:
            self.put(node, "number")
        else:
            self.go(node.unavailable)

    def keep_number(self, number: str, wait_min: int | None = None, promise_min: int = 0) -> None:
        variables = {**self.state.variables, "callback_number": number}
        if wait_min is not None:
            variables |= {"callback_wait_min": wait_min, "callback_promise_min": promise_min}
        self.change(variables=variables)

    def number_checked(self, node: Callback, number: str) -> None:
        if number:
            self.keep_number(number)
            self.change(attempt=1)
            if node.confirm:
                self.put(node, "confirm")
            else:
                self.place_callback(node)
        elif self.state.attempt >= node.tries:
            self.go(node.invalid)
        else:
            self.change(attempt=self.state.attempt + 1)
            self.put(node, "number", node.invalid_say)

    def put(self, node: Callback, stage: str, before: Says = ()) -> None:
        """Put one of the node's questions."""
        self.change(stage=stage, digits="", phase="asking")
        if self.state.typed_ahead and node.barge_in and stage != "confirm":
            self.answer()
            self.callback_listen(node)
        else:
            self.play(before + _question(node, stage), "asking")

    def callback_listen(self, node: Callback) -> None:
        """The question is over: wait for keys, after using up those already there."""
        self.change(phase="asking", deadline=self.now + node.timeout_s)
        entered, visits, stage = self.state.node, self.hops, self.state.stage
        while self.state.typed_ahead and self.state.phase == "asking" and not self.state.playing:
            digit = self.state.typed_ahead[0]
            self.change(typed_ahead=self.state.typed_ahead[1:])
            self.callback_key(node, digit)
            if (self.state.node, self.hops, self.state.stage) != (entered, visits, stage):
                return  # another question, or another node, has taken over

    def callback_key(self, node: Callback, digit: str) -> None:
        if digit == node.repeat_key:
            self.change(digits="")
            self.play(_question(node, self.state.stage), "asking")
        elif self.state.stage == "number":
            self.number_key(node, digit)
        elif digit == node.accept_key:
            self.keyed(digit)
            self.place_callback(node)
        elif digit == node.other_key and node.ask_number:
            self.keyed(digit)
            self.change(attempt=1)
            self.put(node, "number")
        elif digit == node.decline_key:
            self.keyed(digit)
            self.go(node.declined)
        else:
            self.put_again(node, node.no_match_say)

    def number_key(self, node: Callback, digit: str) -> None:
        if digit == node.terminator:
            self.check_number(node)
        elif digit not in "0123456789":
            self.put_again(node, node.no_match_say)
        else:
            self.change(digits=self.state.digits + digit, deadline=self.now + node.between_digits_s)
            if len(self.state.digits) >= MOST_DIGITS:
                self.check_number(node)

    def check_number(self, node: Callback) -> None:
        """May this number be called? The line knows."""
        number = self.state.digits
        if not number:
            self.put_again(node, node.no_input_say)
            return
        self.keyed(number)
        self.change(phase="lookup", deadline=self.now + ANSWER_WITHIN_S)
        self.effects.append(AskCallback(queue=node.queue, number=number))

    def callback_silent(self, node: Callback) -> None:
        """No key within the time allowed."""
        if self.state.stage == "number" and self.state.digits:
            self.check_number(node)
        else:
            self.put_again(node, node.no_input_say)

    def put_again(self, node: Callback, before: Says) -> None:
        self.change(typed_ahead="")
        if self.state.attempt >= node.tries:
            self.go(node.declined)
        else:
            self.change(attempt=self.state.attempt + 1)
            self.put(node, self.state.stage, before)

    def keyed(self, digits: str) -> None:
        self.effects.append(Collected(node=self.place(), digits=digits))

    def place_callback(self, node: Callback) -> None:
        self.change(phase="lookup", stage="placing", deadline=self.now + ANSWER_WITHIN_S)
        request = RequestCallback(
            queue=node.queue,
            number=str(self.state.variables["callback_number"]),
            skills=self.skills_wanted(node),
            priority=node.priority,
        )
        self.effects.append(request)

    def callback_placed(self, placed: bool) -> None:  # the event's one field
        node = self.node()
        if self.state.phase == "lookup" and self.state.stage == "placing" and isinstance(node, Callback):
            self.go(node.accepted if placed else node.unavailable)


def _question(node: Callback, stage: str) -> Says:
    return {"number": node.ask_number, "confirm": node.confirm}.get(stage, node.say)


def _minutes(seconds: float | None) -> int:
    return 0 if seconds is None else ceil(seconds / 60)


def _promise_s(terms: CallbackTerms) -> float | None:
    """The promise as it may be said: none that is shorter than the line itself expects the wait to be."""
    if terms.promise_s is None or (terms.wait_s is not None and terms.wait_s > terms.promise_s):
        return None
    return terms.promise_s


def _when(node: Callback, terms: CallbackTerms) -> Says:
    """What he hears of the time before the offer: the promise made to him, else the wait that is likely."""
    promised = node.next_day_say if terms.promise_next_day else node.promise_say
    if _promise_s(terms) is not None and promised:
        return promised
    return node.wait_say if terms.wait_s else ()
