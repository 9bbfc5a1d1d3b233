"""Why an act on a rule is refused."""

from oktee.kit.errors import Conflict, Forbidden


class OwnerOnly(Forbidden):
    """Letting rules reject whole lines, and enabling one without a simulation, is an Owner's own act."""


class StandardRule(Conflict):
    """The standard rule takes every line that no other takes: it is always on and always last."""


class SimulationNeeded(Conflict):
    """A version is enabled on a finished simulation of exactly what it says."""


class NeverDecided(Conflict):
    """Only a version that decided before can be brought back."""


class VersionEnabled(Conflict):
    """This version was enabled before. Save it as a new version to let it decide again."""


class RuleInUse(Conflict):
    """A rule that decided orders is kept, so that its decisions stay readable. Pause it instead."""


class RulesChanged(Conflict):
    """Somebody added or removed a rule after this page was read."""
