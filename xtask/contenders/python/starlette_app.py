"""The routes of `cargo xtask bench frameworks` on Starlette, served by uvicorn."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

LARGE = {f"key_{i}": f"value_{i}" * 10 for i in range(100)}


async def text(request: Request) -> Response:
    return PlainTextResponse("Hello, World!")


async def json(request: Request) -> Response:
    return JSONResponse({"message": "Hello, World!"})


async def large_json(request: Request) -> Response:
    return JSONResponse(LARGE)


async def user(request: Request) -> Response:
    return JSONResponse({"user_id": request.path_params["user"]})


async def post(request: Request) -> Response:
    return PlainTextResponse(f"post {request.path_params['post']} of user {request.path_params['user']}")


async def echo(request: Request) -> Response:
    return JSONResponse(await request.json())


app = Starlette(
    routes=[
        Route("/", text),
        Route("/json", json),
        Route("/large-json", large_json),
        Route("/users/{user}", user),
        Route("/users/{user}/posts/{post}", post),
        Route("/echo", echo, methods=["POST"]),
    ]
)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
