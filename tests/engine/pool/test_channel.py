from __future__ import annotations

import socket
import threading

from figmill.engine.pool.channel import Channel, read_message, write_message


def pair() -> tuple[Channel, socket.socket]:
    ours, theirs = socket.socketpair()
    return Channel(ours), theirs


def test_messages_arrive_whole_and_in_order() -> None:
    channel, far = pair()
    for message in (b"one", b"", b"three" * 1000):
        write_message(far.fileno(), message)
    assert list(channel.messages()) == [b"one", b"", b"three" * 1000]
    assert channel.open
    far.close()
    assert list(channel.messages()) == []
    assert not channel.open
    channel.close()


def test_half_a_message_never_blocks_and_is_never_given() -> None:
    channel, far = pair()
    far.sendall((100).to_bytes(8, "little") + b"only this")
    assert list(channel.messages()) == []
    far.sendall(b"x" * 91)
    assert list(channel.messages()) == [b"only this" + b"x" * 91]
    far.sendall(b"\1\0")
    far.close()
    assert list(channel.messages()) == []
    assert not channel.open
    channel.close()


def test_sending_never_blocks() -> None:
    channel, far = pair()
    message = bytes(range(256)) * 100_000
    channel.send(message)
    assert channel.waiting
    got: list[bytes | None] = []
    reader = threading.Thread(target=lambda: got.append(read_message(far.fileno())))
    reader.start()
    while channel.waiting:
        channel.push()
    reader.join(10)
    assert got == [message]
    channel.close()
    far.close()


def test_the_other_side_is_gone() -> None:
    channel, far = pair()
    far.close()
    channel.send(b"x" * 1_000_000)
    assert not channel.waiting
    channel.close()


def test_the_end_of_the_stream_is_no_message() -> None:
    channel, far = pair()
    channel.finish()
    assert read_message(far.fileno()) is None
    channel.close()
    far.close()
