# SPDX-FileCopyrightText: The Cifra developers
# SPDX-License-Identifier: Apache-2.0
"""nginx and its clients: TLS 1.3 with our cipher, P-256 certificates of both sides, X25519, no resumption."""

import socket
import ssl
import subprocess
import time
from pathlib import Path

import measure

# The fastest of a dozen settings tried, by a few per cent. sendfile does not apply under TLS.
CONFIG = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    access_log off; types {{ }} default_type application/octet-stream;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    open_file_cache max=16; keepalive_timeout 3600; keepalive_requests 1000000; client_header_timeout 3600;
    sendfile off; output_buffers {buffers}; tcp_nodelay on;
    ssl_protocols TLSv1.3; ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384; ssl_ecdh_curve X25519;
    ssl_session_cache off; ssl_session_tickets off; ssl_buffer_size {ssl_buffer};
    ssl_certificate {folder}/server.pem; ssl_certificate_key {folder}/server.key;
    server {{ listen 127.0.0.1:{stream_port} ssl; root {root}; }}
    server {{
        listen 127.0.0.1:{login_port} ssl backlog=4096; ssl_client_certificate {folder}/ca.pem; ssl_verify_client on;
        location / {{ return 204; }}
    }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificates(folder: Path) -> None:
    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]
    openssl("req", "-x509", *key, "-days", "30", "-subj", "/CN=benchmark CA", "-keyout", "ca.key", "-out", "ca.pem")
    for name, extension in [("server", "subjectAltName=IP:127.0.0.1"), ("device", "extendedKeyUsage=clientAuth")]:
        openssl("req", "-x509", *key, "-days", "30", "-subj", f"/CN={name}", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-addext", "basicConstraints=critical,CA:false", "-addext", extension, "-keyout", f"{name}.key", "-out", f"{name}.pem")


class Nginx:
    def __init__(self, folder: Path, root: Path, buffers: str = "1 1m", ssl_buffer: str = "64k"):
        self.folder = folder
        folder.mkdir()
        make_certificates(folder)
        self.stream_port, self.login_port = free_port(), free_port()
        config = folder / "nginx.conf"
        config.write_text(CONFIG.format(folder=folder, root=root, buffers=buffers, ssl_buffer=ssl_buffer,
                                        stream_port=self.stream_port, login_port=self.login_port))
        self.process = subprocess.Popen(
            measure.pinned(measure.SERVER_CORE, ["/usr/sbin/nginx", "-c", config, "-p", folder, "-e", folder / "error.log"]),
            stdin=subprocess.DEVNULL)
        self.pid = self.process.pid
        self.context = ssl.create_default_context(cafile=folder / "ca.pem")
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(folder / "device.pem", folder / "device.key")
        self.wait_until_up()

    def wait_until_up(self) -> None:
        for _ in range(100):
            if self.process.poll() is not None:
                raise RuntimeError("nginx: " + (self.folder / "error.log").read_text())
            try:
                return self.check_login()
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("nginx does not answer")

    def connect(self) -> ssl.SSLSocket:
        return self.context.wrap_socket(socket.create_connection(("127.0.0.1", self.login_port)), server_hostname="127.0.0.1")

    def check_login(self) -> None:
        """That the login is mutual and of the suite: 204 is only said to a verified certificate."""
        with self.connect() as link:
            link.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = link.recv(4096)
            if not answer.startswith(b"HTTP/1.1 204") or link.cipher()[0] != "TLS_AES_256_GCM_SHA384" or link.session_reused:
                raise RuntimeError(f"nginx: not the login that was to be measured: {answer[:60]} {link.cipher()}")

    def stream(self, name: str = "item.bin") -> measure.Cost:
        return measure.timed(["curl", "-sSf", "--tls13-ciphers", "TLS_AES_256_GCM_SHA384", "--cacert", self.folder / "ca.pem",
                              "-o", "/dev/null", f"https://127.0.0.1:{self.stream_port}/{name}"], self.pid)

    def logins(self, count: int) -> measure.Cost:
        """One after the other; each is over when the server has closed, behind the client's last message."""
        server_before, client_before, start = measure.cpu_seconds(self.pid), time.process_time(), time.perf_counter()
        for _ in range(count):
            with self.connect() as link:
                link.shutdown(socket.SHUT_WR)
                while socket.socket.recv(link, 4096):
                    pass
        return measure.Cost(time.perf_counter() - start, time.process_time() - client_before,
                            measure.cpu_seconds(self.pid) - server_before)

    def idle_bytes(self, count: int) -> float:
        """Resident memory of a connection that has logged in and asked for one thing."""
        before = measure.resident_bytes(self.pid)
        links = []
        for _ in range(count):
            links.append(self.connect())
            links[-1].sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            links[-1].recv(4096)
        after = measure.resident_bytes(self.pid)
        for link in links:
            link.close()
        return (after - before) / count

    def stop(self) -> None:
        measure.stop(self.process)
