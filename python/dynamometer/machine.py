"""Where a record was made: facts of the machine, without host names, users or addresses."""

import os
import platform


def environment():
    """The record's `environment`. The fingerprint covers the interpreter, because it is what times."""
    identity = {
        "arch": platform.machine(),
        "os": platform.system().lower(),
        "cores_logical": str(os.cpu_count() or 0),
        "cores_usable": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0),
        "cpu_brand": _cpu_brand(),
        "memory": _memory(),
        "runtime": f"{platform.python_implementation()} {platform.python_version()}",
    }
    identity = {name: value for name, value in identity.items() if value}
    volatile = {"load_1m": f"{os.getloadavg()[0]:.2f}"} if hasattr(os, "getloadavg") else {}
    canonical = "".join(f"{name}={identity[name]}\n" for name in sorted(identity))
    return {
        "fingerprint": f"fp1:{_fnv1a(canonical.encode()):016x}",
        "identity": identity,
        "config": {"kernel": ".".join(platform.release().split(".")[:2])},
        "volatile": volatile,
    }


def _fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFF_FFFF_FFFF_FFFF
    return value


def _read(path, key):
    try:
        with open(path, encoding="utf-8") as file:
            return next((line.partition(":")[2].strip() for line in file if line.startswith(key)), "")
    except OSError:
        return ""


def _cpu_brand():
    return _read("/proc/cpuinfo", "model name")


def _memory():
    kibibytes = _read("/proc/meminfo", "MemTotal").split()
    return f"{round(int(kibibytes[0]) / 2**20)} GiB" if kibibytes else ""
