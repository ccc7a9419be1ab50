"""A slow line to a server: what goes through it takes its time, in both directions."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


@contextmanager
def slow(url: str, seconds: float) -> Iterator[str]:
    """Lead to the server at `url` by a line that takes `seconds` each way; yield its address."""
    behind = urlsplit(url).port
    loop = asyncio.new_event_loop()

    async def connected(reader: Reader, writer: Writer) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", behind)
            await asyncio.gather(_carry(reader, back, seconds), _carry(there, writer, seconds))
        except asyncio.CancelledError:
            writer.close()  # the line has ended

    async def opened() -> asyncio.Server:
        return await asyncio.start_server(connected, "127.0.0.1", 0)

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    line = asyncio.run_coroutine_threadsafe(opened(), loop).result(20)
    try:
        yield f"http://127.0.0.1:{line.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(_ended(line), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _carry(source: Reader, target: Writer, seconds: float) -> None:
    """Write what comes, each piece `seconds` after it came, until the source ends."""
    clock = asyncio.get_running_loop().time
    pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def take() -> None:
        piece = b"-"
        while piece:
            try:
                piece = await source.read(65536)
            except OSError:
                piece = b""
            pieces.put_nowait((clock() + seconds, piece))

    taking = asyncio.create_task(take())
    try:
        while True:
            due, piece = await pieces.get()
            await asyncio.sleep(due - clock())
            if not piece:
                break
            target.write(piece)
            await target.drain()
    except OSError:
        pass  # whoever was to get it has gone
    finally:
        taking.cancel()
        target.close()


async def _ended(line: asyncio.Server) -> None:
    line.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
