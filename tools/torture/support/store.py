"""Real ClickHouse servers, two shards of one cluster, as plain processes on ports of this machine."""
import atexit
import glob
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

from support import programs

JARS = "/usr/share/java"


def folder():
    """Where Debian's server was unpacked; None where it is not there."""
    place = os.environ.get("MODELJOURNAL_CLICKHOUSE") or os.path.join(programs.ROOT, ".build", "clickhouse")
    return place if os.path.exists(os.path.join(place, "clickhouse-server", "usr")) else None


def has_coordination():
    return os.path.exists(os.path.join(JARS, "zookeeper.jar")) and shutil.which("java") is not None


def free_ports(count):
    """Ports at which nobody listens; below those that the system hands out by itself, as no connection may take them."""
    ports = []
    while len(ports) < count:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in ports:
            ports.append(port)
    return ports


started = set()


def start_process(command, **options):
    """A process that does not outlive this one, however its work ends, but for SIGKILL."""
    if not started and threading.current_thread() is threading.main_thread():
        # Its default ends Python on the spot.
        if signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)
    started.add(process)
    return process


def end_process(process):
    process.kill()
    process.wait()
    started.discard(process)


@atexit.register
def end_all():
    for process in list(started):
        end_process(process)


class Server:
    """One server, which can be killed and started again."""

    def __init__(self, place, ports, settings):
        self.place, self.http = place, ports[0]
        self.process = None
        self.lock = threading.Lock()
        for name in ("data", "tmp"):
            os.makedirs(os.path.join(place, name))
        with open(os.path.join(place, "config.xml"), "w") as file:
            file.write(f"""<yandex><logger><level>warning</level><console>1</console></logger>
                <http_port>{ports[0]}</http_port><tcp_port>{ports[1]}</tcp_port>
                <interserver_http_port>{ports[2]}</interserver_http_port>
                <interserver_http_host>127.0.0.1</interserver_http_host><listen_host>127.0.0.1</listen_host>
                <path>{place}/data/</path><tmp_path>{place}/tmp/</tmp_path><users_config>users.xml</users_config>
                <default_profile>default</default_profile><default_database>default</default_database>
                <mark_cache_size>268435456</mark_cache_size><timezone>UTC</timezone>{settings}</yandex>""")
        with open(os.path.join(place, "users.xml"), "w") as file:
            file.write("""<yandex><profiles><default/></profiles><quotas><default/></quotas><users><default>
                <password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>
                <quota>default</quota></default></users></yandex>""")

    @property
    def url(self):
        return f"http://127.0.0.1:{self.http}"

    def start(self):
        place = folder()
        libraries = ":".join(glob.glob(os.path.join(place, "clickhouse-common", "usr", "lib", "*")))
        with self.lock, open(os.path.join(self.place, "log"), "ab") as log:
            self.process = start_process(
                [os.path.join(place, "clickhouse-server", "usr", "sbin", "clickhouse-server"),
                 f"--config-file={self.place}/config.xml"], stdout=log, stderr=log,
                env=os.environ | {"LD_LIBRARY_PATH": libraries})
        for _ in range(600):
            try:
                self.ask("SELECT 1")
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        self.kill()
        raise AssertionError(f"ClickHouse does not come up; see {self.place}/log")

    def kill(self):
        with self.lock:
            if self.process:
                end_process(self.process)
                self.process = None

    def ask(self, sql, database="default", timeout=600):
        """The answer, tab separated."""
        request = urllib.request.Request(f"{self.url}/?database={database}", data=sql.encode())
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()[:400]) from error


class Cluster:
    """Two shards, and what they agree by."""

    def __init__(self, place):
        self.place = place
        ports = free_ports(7)
        self.coordination = self.start_coordination(ports[6])
        shards = "".join(
            "<shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host>"
            f"<port>{ports[3 * index + 1]}</port></replica></shard>" for index in range(2))
        self.servers = [
            Server(os.path.join(place, f"server-{index}"), ports[3 * index:3 * index + 3],
                   f"<remote_servers><fleet>{shards}</fleet></remote_servers>"
                   f"<macros><shard>{index + 1}</shard><replica>a</replica></macros>"
                   f"<zookeeper><node><host>127.0.0.1</host><port>{ports[6]}</port></node></zookeeper>"
                   "<distributed_ddl><path>/clickhouse/ddl</path></distributed_ddl>") for index in range(2)]
        try:
            for server in self.servers:
                server.start()
        except BaseException:
            self.end()
            raise

    def start_coordination(self, port):
        place = os.path.join(self.place, "zookeeper")
        os.makedirs(place)
        with open(os.path.join(place, "zoo.cfg"), "w") as file:
            file.write(f"tickTime=500\ndataDir={place}/data\nclientPort={port}\nclientPortAddress=127.0.0.1\n"
                       "admin.enableServer=false\n")
        jars = [os.path.join(JARS, name + ".jar") for name in
                ("zookeeper", "slf4j-api", "slf4j-nop", "metrics-core", "snappy-java", "commons-cli", "commons-io")]
        jars += glob.glob(os.path.join(JARS, "netty-*.jar"))
        with open(os.path.join(place, "log"), "wb") as log:
            process = start_process(
                ["java", "-Xmx256m", "-cp", ":".join(jars), "org.apache.zookeeper.server.ZooKeeperServerMain",
                 os.path.join(place, "zoo.cfg")], stdout=log, stderr=log)
        for _ in range(600):
            # It listens before it serves.
            try:
                with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                    connection.sendall(b"srvr")
                    if b"Mode: standalone" in connection.recv(65536):
                        return process
            except OSError:
                pass
            time.sleep(0.1)
        end_process(process)
        raise AssertionError("ZooKeeper does not come up")

    def end(self):
        for server in self.servers:
            server.kill()
        end_process(self.coordination)
