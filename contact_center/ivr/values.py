"""Where the values of a flow's variables come from: which are set on every path, which are secret."""

from contact_center.ivr.flow import (
    Call,
    Collect,
    Flow,
    Lookup,
    Node,
    Set,
    Survey,
    outcomes,
)
from contact_center.ivr.source import Source
from contact_center.ivr.variables import read_by, variables_in


def set_by(node: Node, outcome: str) -> set[str]:
    """The variables that have a value when the node is left by this outcome."""
    match node:
        case Set(values=values):
            return set(values)
        case Collect(into=into) if outcome == "next":
            return {into}
        case Survey(into=str(into)) if outcome == "next":
            return {into}
        case Lookup(into=into) if outcome == "found":
            return set(into)
        case Call(take=take):
            return set(take)
        case _:
            return set()


def check_unset(source: Source, flow: Flow) -> None:
    """Find the nodes that read a variable which has no value on some path to them."""
    if not flow.unset:
        return
    everything = set(flow.unset)
    sets: dict[str, set[str]] = {name: set(everything) for name in flow.nodes}  # until a path says less
    pending = [name for name in (flow.start, flow.operator) if name is not None and name in sets]
    for name in pending:
        sets[name] = set()
    seen = set(pending)
    while pending:
        name = pending.pop()
        node = flow.nodes[name]
        for path, target in outcomes(node):
            if target not in sets:
                continue
            known = sets[target] & (sets[name] | set_by(node, path[0]))
            if target not in seen or known != sets[target]:
                seen.add(target)
                sets[target] = known
                pending.append(target)
    for name, node in flow.nodes.items():
        for variable in sorted((read_by(node) & everything) - sets[name]):
            source.find(
                ("nodes", name),
                "variable {variable!r} has no value on some path to {name!r}",
                variable=variable,
                name=name,
            )


def secret_variables(flow: Flow) -> set[str]:
    """Variables that hold, or are computed from, digits keyed in secret."""
    secret = {n.into for n in flow.nodes.values() if isinstance(n, Collect) and n.secret}
    for node in flow.nodes.values():
        if isinstance(node, Call) and node.flow in flow.flows:
            theirs = secret_variables(flow.flows[node.flow])
            secret |= {mine for mine, name in node.take.items() if name in theirs}
    grown = True
    while grown:
        before = len(secret)
        for node in flow.nodes.values():
            if isinstance(node, Set):
                secret |= {name for name, value in node.values.items() if variables_in(value) & secret}
        grown = len(secret) > before
    return secret
