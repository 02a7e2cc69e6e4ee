"""What the process used, and what it may use: CPU, memory, page faults, context switches, files. Only where the system
tells."""

try:
    import resource
except ImportError:  # not POSIX: the fields are left out, which means unknown
    resource = None


def read_usage():
    """The usage so far: CPU in ns, helper threads included, and counts; empty when the system does not tell."""
    if resource is None:
        return {}
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "utime": round(usage.ru_utime * 1e9),
        "stime": round(usage.ru_stime * 1e9),
        "maxrss": usage.ru_maxrss * 1024,
        "minflt": usage.ru_minflt,
        "nvcsw": usage.ru_nvcsw,
        "nivcsw": usage.ru_nivcsw,
    }


def used_since(before):
    """What was used since `before`; the largest resident memory is that of the whole process."""
    now = read_usage()
    return {name: value if name == "maxrss" else value - before[name] for name, value in now.items()}


def allow_many_files():
    """Raises the limit of open files as far as it goes: thousands of lanes need thousands of files."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (ValueError, OSError):  # a system that allows less than it says
            pass
