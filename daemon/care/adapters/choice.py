"""Which adapter a job goes by: the settings of its name, and the code of their kind."""

from __future__ import annotations

from daemon.care.adapters.base import Adapter
from daemon.care.adapters.manual import Manual
from daemon.care.adapters.settings import (
    AnyAdapter,
    CommandAdapter,
    HotFolderAdapter,
    HttpAdapter,
    ManualAdapter,
    SftpAdapter,
)
from daemon.care.jobs import MANUAL, Job
from daemon.errors import OperatorError
from daemon.intake.patience import Patience
from daemon.wiring import House


def settings_of(house: House, job: Job) -> AnyAdapter:
    """Return the settings of the adapter that a job goes by.

    Raises:
        OperatorError: there are none any more, or they are of another kind than when the job was begun.
    """
    for settings in house.settings.adapters:
        if (settings.name, settings.kind) == (job.adapter, job.adapter_kind):
            return settings
    if job.adapter_kind == MANUAL:
        return ManualAdapter(name=MANUAL, kind="manual")
    raise OperatorError(
        f"job {job.id} went by the adapter {job.adapter} of kind {job.adapter_kind}, which is not in listkeeper.toml "
        f"any more; put it back, or `listkeeper care cancel {job.id}`"
    )


def adapter_for(house: House, job: Job, patience: Patience) -> Adapter:
    """Return the way to the job's engine. Raises as `settings_of` does."""
    settings = settings_of(house, job)
    # Imported when used: a bureau with a hot folder needs neither SSH nor HTTP.
    match settings:
        case HotFolderAdapter():
            from daemon.care.adapters.hot_folder import HotFolder

            return HotFolder(house, settings, patience)
        case CommandAdapter():
            from daemon.care.adapters.command import CommandEngine

            return CommandEngine(house, settings)
        case HttpAdapter():
            from daemon.care.adapters.http import HttpJob

            return HttpJob(house, settings, patience)
        case SftpAdapter():
            from daemon.care.adapters.sftp import SftpEngine

            return SftpEngine(house, settings, patience)
        case ManualAdapter():
            return Manual(house, settings)
        case _:
            from daemon.care.adapters.simulated import simulated

            return simulated(house, settings)
