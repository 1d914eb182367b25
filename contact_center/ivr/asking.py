"""Asking the caller: menus, digits and scores, with tries, barge-in and keys typed ahead. Pure."""

from typing import assert_never

from contact_center.ivr.calling_back import CallingBack
from contact_center.ivr.errands import SCALES
from contact_center.ivr.events import Collected, Scored
from contact_center.ivr.flow import Callback, Collect, Menu, Queue, Say, Says, Survey, Voicemail
from contact_center.ivr.walk import IN_QUEUE

MOST_TYPED_AHEAD = 32

Question = Menu | Collect | Survey


class Asking(CallingBack):
    """The nodes that put a question, and what each key means wherever the caller is."""

    def ask(self, node: Question, before: Says = ()) -> None:
        """Put the question, or take what was typed ahead without putting it."""
        self.change(phase="asking", digits="")
        if self.state.typed_ahead and node.barge_in:
            self.answer()
            self.listen(node)
        else:
            self.play(before + node.say, "asking")

    def listen(self, node: Question) -> None:
        """The question is over: wait for keys, after using up those already there."""
        self.change(phase="asking", deadline=self.now + node.timeout_s)
        entered, visits = self.state.node, self.hops
        while self.state.typed_ahead and self.state.phase == "asking" and not self.state.playing:
            digit = self.state.typed_ahead[0]
            self.change(typed_ahead=self.state.typed_ahead[1:])
            self.key(node, digit)
            if self.state.node != entered or self.hops != visits:
                return  # another node has taken over, and the rest of the keys with it

    def digit(self, digit: str) -> None:
        node = self.node()
        asking = self.state.phase == "asking" and isinstance(node, Question)
        if self.state.phase == "asking" and isinstance(node, Callback):
            if node.barge_in or not self.state.playing:
                self.silence()
                self.callback_key(node, digit)
        elif asking and isinstance(node, Question) and (node.barge_in or not self.state.playing):
            self.silence()
            self.key(node, digit)
        elif self.state.phase in ("saying", "asking", "lookup"):
            self.change(typed_ahead=(self.state.typed_ahead + digit)[:MOST_TYPED_AHEAD])
            if self.state.phase == "saying" and isinstance(node, Say) and node.barge_in:
                self.silence()
                self.go(node.next)
        elif self.state.phase == "recording" and isinstance(node, Voicemail):
            if digit == node.terminator:
                self.message_over(node)
        elif self.state.phase in IN_QUEUE and isinstance(node, Queue):
            self.queue_key(node, digit)

    def key(self, node: Question, digit: str) -> None:
        match node:
            case Menu():
                self.menu_key(node, digit)
            case Collect():
                self.collect_key(node, digit)
            case Survey():
                self.score_key(node, digit)
            case _:
                assert_never(node)

    def menu_key(self, node: Menu, digit: str) -> None:
        target = node.choices.get(digit) or (self.flow.operator if digit == "0" else None)
        if target is not None:
            self.effects.append(Collected(node=self.place(), digits=digit))
            self.go(target)
        elif not self.heard_again(node, digit):
            self.again(node, node.no_match_say, node.no_match)

    def heard_again(self, node: Question, digit: str) -> bool:
        """Keys that say the question again without costing a try: repeat, help, another language."""
        before: Says = ()
        if digit != node.repeat_key:
            if node.help_say and digit == node.help_key:
                before = node.help_say
            elif isinstance(node, Menu) and digit in self.flow.language_keys:
                self.speak(self.flow.language_keys[digit])
            else:
                return False
        self.change(digits="")
        self.play(before + node.say, "asking")
        return True

    def collect_key(self, node: Collect, digit: str) -> None:
        if digit == node.terminator:
            self.collected(node)
        elif self.heard_again(node, digit):
            pass
        elif digit not in "0123456789":
            self.again(node, node.no_match_say, node.no_match)
        else:
            digits = self.state.digits + digit
            self.change(digits=digits, deadline=self.now + node.between_digits_s)
            if len(digits) >= node.most_digits:
                self.collected(node)

    def collected(self, node: Collect) -> None:
        digits = self.state.digits
        if len(digits) < node.least_digits:
            self.again(node, node.no_match_say, node.no_match)
            return
        self.change(variables={**self.state.variables, node.into: digits})
        shown = "*" * len(digits) if node.secret else digits
        self.effects.append(Collected(node=self.place(), digits=shown, secret=node.secret))
        self.go(node.next)

    # -- scores ------------------------------------------------------------------------------------

    def score_key(self, node: Survey, digit: str) -> None:
        """A key that can only be one score counts at once; a 1 that may become a 10 waits a moment."""
        _, most = SCALES[node.measure]
        digits = self.state.digits + digit
        if self.heard_again(node, digit):
            pass
        elif digit == "#" and self.state.digits:
            self.scored(node, int(self.state.digits))
        elif digit not in "0123456789":
            self.again(node, node.no_match_say, node.no_match)
        elif digits == "1" and most >= 10:
            self.change(digits=digits, deadline=self.now + node.between_digits_s)
        else:
            self.scored(node, int(digits))

    def scored(self, node: Survey, score: int) -> None:
        least, most = SCALES[node.measure]
        if not least <= score <= most:
            self.again(node, node.no_match_say, node.no_match)
            return
        if node.into is not None:
            self.change(variables={**self.state.variables, node.into: score})
        self.effects.append(Scored(node=self.place(), measure=node.measure, score=score))
        self.go(node.next)

    def silent(self, node: Question) -> None:
        """No key within the time allowed."""
        if isinstance(node, Collect) and self.state.digits:
            self.collected(node)
        elif isinstance(node, Survey) and self.state.digits:
            self.scored(node, int(self.state.digits))
        else:
            self.again(node, node.no_input_say, node.no_input)

    def again(self, node: Question, before: Says, exhausted: str) -> None:
        self.change(typed_ahead="")
        if self.state.attempt >= node.tries:
            self.go(exhausted)
        else:
            self.change(attempt=self.state.attempt + 1)
            self.ask(node, before)
