"""Readers that never read, with as little room in the kernel as there can be. Arguments: port, path, token, how many."""
import socket
import sys

port, path, token, count = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
readers = []
for _ in range(count):
    reader = socket.socket()
    # Before it is connected: the window that the other side is offered never grows beyond it.
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", port))
    reader.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    readers.append(reader)
print("open", flush=True)
sys.stdin.read()
