"""The routes of `cargo xtask bench frameworks` on Flask, served by its own server."""

import logging
import sys

from flask import Flask, Response, jsonify, request
from werkzeug.serving import WSGIRequestHandler

LARGE = {f"key_{i}": f"value_{i}" * 10 for i in range(100)}

app = Flask(__name__)


@app.get("/")
def text() -> Response:
    return Response("Hello, World!", mimetype="text/plain")


@app.get("/json")
def json() -> Response:
    return jsonify({"message": "Hello, World!"})


@app.get("/large-json")
def large_json() -> Response:
    return jsonify(LARGE)


@app.get("/users/<user>")
def user(user: str) -> Response:
    return jsonify({"user_id": user})


@app.get("/users/<user>/posts/<post>")
def post(user: str, post: str) -> Response:
    return Response(f"post {post} of user {user}", mimetype="text/plain")


@app.post("/echo")
def echo() -> Response:
    return jsonify(request.get_json())


if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    # Without it a connection would be opened for every request.
    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    app.run(host="127.0.0.1", port=int(sys.argv[1]), threaded=True)
