# SPDX-License-Identifier: Apache-2.0
"""descriptors: what another process has open."""
import os


def descriptors_of(pid):
    """Each descriptor's path in /proc and what it leads to; the process may
    close some meanwhile."""
    folder = f"/proc/{pid}/fd"
    for name in os.listdir(folder):
        path = f"{folder}/{name}"
        try:
            leads_to = os.readlink(path)
        except FileNotFoundError:
            continue
        yield path, leads_to
