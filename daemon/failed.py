"""Tell people that a unit has failed: what `listkeeper-failed@.service` runs. `python -m daemon.failed UNIT`.

It needs the settings, if they can be read, and no database: that may be what has failed. What cannot be sent is kept
and goes out with the next digest; the journal has it in any case.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping

from daemon import config, notify, telemetry
from daemon.db import engine_for
from daemon.errors import HouseError, OperatorError
from daemon.telemetry import fail
from daemon.wiring import House, clock_of

MEANINGS = {"65": "a file was set aside", "75": "it will be tried again", "78": "an operator must act first"}


def main(unit: str, environment: Mapping[str, str] = os.environ) -> int:
    """Post an alert about a unit; return 0, or the exit code of what stands in the way.

    Args:
        unit: the unit's name.
        environment: has MONITOR_SERVICE_RESULT and MONITOR_EXIT_STATUS, where systemd gives them.
    """
    telemetry.configure(verbose=True)
    unit = re.sub(r"[^A-Za-z0-9@:._-]", "?", unit)
    status = environment.get("MONITOR_EXIT_STATUS", "")
    result = environment.get("MONITOR_SERVICE_RESULT", "")
    why = ", ".join(
        word for word in (result, f"exit status {status}" if status else "", MEANINGS.get(status, "")) if word
    )
    message = (
        f"{unit} has failed{f' ({why})' if why else ''}; journalctl -u {unit} says why, `listkeeper doctor` what to do"
    )
    fail("unit_failed", kind=result or None, note=message)
    try:
        home = config.prepare_home(config.home_folder())
        settings = config.load(home)
        house = House(home, settings, engine_for(config.database_url(home)), clock_of(settings))
    except HouseError as error:
        fail("nobody_told", error=str(error))
        return error.exit_code
    alert = {"kind": "unit", "level": "alarm", "job": unit, "message": message}
    return OperatorError.exit_code if notify.post(house, notify.about(house, [alert])) else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else "a unit"))
