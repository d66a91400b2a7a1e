# SPDX-License-Identifier: ISC
"""storage_relay.py PORT SOCKET MS: a TCP port of loopback that leads to a unix
socket, MS milliseconds away in each direction, with no limit to the rate."""

import asyncio
import sys

PORT, SOCKET, DELAY = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]) / 1000


async def carry(reader, writer):
    """What is read comes out DELAY later, in order."""
    loop = asyncio.get_running_loop()
    way = asyncio.Queue()

    async def arrive():
        while True:
            due, data = await way.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not data:
                writer.close()
                return
            writer.write(data)
            await writer.drain()

    arriving = asyncio.create_task(arrive())
    data = b"-"
    while data:
        try:
            data = await reader.read(1 << 18)
        except OSError:
            data = b""
        way.put_nowait((loop.time() + DELAY, data))
    await asyncio.gather(arriving, return_exceptions=True)


async def one(reader, writer):
    there = await asyncio.open_unix_connection(SOCKET)
    await asyncio.gather(carry(reader, there[1]), carry(there[0], writer))


async def main():
    server = await asyncio.start_server(one, "127.0.0.1", PORT)
    async with server:
        await server.serve_forever()

asyncio.run(main())
