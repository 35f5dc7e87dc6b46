"""The settings."""

from dataclasses import dataclass

from servo_sdk import Duration, Endpoint, setting


@dataclass(kw_only=True)
class Settings:
    endpoints: list[Endpoint] = setting(
        "Client addresses of the members, for example `http://etcd:2379`.", min_items=1
    )
    interval: Duration = setting("Distance between the samples, at least 100ms.", default=Duration("1s"))
    waste_max: float = setting(
        "Share of a database file that may be unused before the check `space` fails.",
        default=0.5,
        minimum=0,
        maximum=1,
    )
    waste_from: int = setting(
        "Database files smaller than so many bytes may waste what they like.", default=1_048_576, minimum=0
    )
