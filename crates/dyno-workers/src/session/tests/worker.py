"""A worker that talks to nobody; BEHAVIOUR says which rule of the protocol it breaks."""
import array, base64, json, os, sys, time

behaviour = os.environ.get("BEHAVIOUR", "")


def say(**message):
    print(json.dumps(message), flush=True)


def column(kind, values):
    return base64.b64encode(array.array(kind, values).tobytes()).decode()


def burn(seconds):
    begin = time.process_time()
    while time.process_time() - begin < seconds:
        pass


def run(order, arrivals):
    if behaviour == "hang":
        time.sleep(3600)
    if behaviour == "crash":
        say(t="progress", sent=9, done=8192, err=0)
        print("assertion `self->state != NULL` failed", file=sys.stderr, flush=True)
        os.abort()
    if behaviour == "flood":
        for number in range(200_000):
            print("library says", number)
    start_at = order["start_at"]
    time.sleep(max(0, (start_at - time.monotonic_ns()) / 1e9))
    count = order.get("count") or 10
    if behaviour == "fork":
        child = os.fork()
        if child == 0:
            burn(0.2)
            os._exit(0)
        os.waitpid(child, 0)
    if behaviour == "idle":
        burn(0.2)
    starts = [at for at, _ in arrivals[:count]] or [n * 1000 for n in range(count)]
    if behaviour == "early":
        starts = [0] * count
    duration = 10**12 if behaviour == "lie" else 500
    if not order["record"]:
        count, starts = 0, []
    else:
        time.sleep(max(0, (start_at + starts[-1] + 1000 - time.monotonic_ns()) / 1e9))
    say(t="telemetry", note="a message of a later version")
    if behaviour == "broken":
        say(t="samples", n=3, seq="AAAA")
    if order["record"]:
        seq = [0] * count if behaviour == "twice" else range(count)
        say(t="samples", n=count, seq=column("I", seq), start=column("Q", starts), dur=column("Q", [duration] * count),
            code=column("H", [200] * count))
    usage = os.times()
    user = 0 if behaviour == "idle" else usage.user
    say(t="done", run_id=order["run_id"], wall=time.monotonic_ns() - start_at, sent=count,
        count=count + 1 if behaviour == "miscount" else count,
        utime=int(user * 1e9), stime=int(usage.system * 1e9), maxrss=9_000_000, later="ignored")


if behaviour == "silent":
    time.sleep(3600)
print("a library's greeting", flush=True)
versions = [2, 3] if behaviour == "newer" else [1, 7]
say(t="hello", proto=versions, name="fake", version="1.0", modes=["sync"], now=time.monotonic_ns(), colour="red")
arrivals = []
for line in sys.stdin:
    order = json.loads(line)
    kind = order["t"]
    if kind == "ping":
        say(t="pong", id=order["id"], now=time.monotonic_ns())
    elif kind == "setup":
        if behaviour == "deaf":
            time.sleep(3600)
        say(**({"t": "skipped", "reason": "no HTTP/9"} if order.get("http") == "9" else {"t": "ready"}))
    elif kind == "schedule":
        at = array.array("Q", base64.b64decode(order["at"]))
        arrivals += zip(at, array.array("I", base64.b64decode(order["req"])))
    elif kind == "run":
        run(order, arrivals)
        arrivals = []
    elif kind == "mark":
        say(t="window", id=order["id"], now=time.monotonic_ns(), utime=1, stime=1)
    elif kind == "bye":
        say(t="bye")
        break
