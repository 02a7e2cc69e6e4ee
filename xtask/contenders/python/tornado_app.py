"""The routes of `cargo xtask bench frameworks` on Tornado, one process."""

import asyncio
import json
import logging
import sys

from tornado.web import Application, RequestHandler

LARGE = {f"key_{i}": f"value_{i}" * 10 for i in range(100)}


class Text(RequestHandler):
    def get(self) -> None:
        self.set_header("Content-Type", "text/plain")
        self.write("Hello, World!")


class Json(RequestHandler):
    def get(self) -> None:
        self.write({"message": "Hello, World!"})


class LargeJson(RequestHandler):
    def get(self) -> None:
        self.write(LARGE)


class User(RequestHandler):
    def get(self, user: str) -> None:
        self.write({"user_id": user})


class Post(RequestHandler):
    def get(self, user: str, post: str) -> None:
        self.set_header("Content-Type", "text/plain")
        self.write(f"post {post} of user {user}")


class Echo(RequestHandler):
    def post(self) -> None:
        self.write(json.loads(self.request.body))


async def main() -> None:
    logging.getLogger("tornado.access").setLevel(logging.ERROR)
    application = Application(
        [
            (r"/", Text),
            (r"/json", Json),
            (r"/large-json", LargeJson),
            (r"/users/([^/]+)", User),
            (r"/users/([^/]+)/posts/([^/]+)", Post),
            (r"/echo", Echo),
        ]
    )
    application.listen(int(sys.argv[1]), address="127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
