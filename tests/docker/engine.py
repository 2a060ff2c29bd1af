"""A Docker engine and a Debian base image to test with, found or made."""
import glob
import os
import re
import shutil
import subprocess
import time


class Skip(Exception):
    """Why the tests cannot run here."""


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, **options)


class Engine:
    """The running engine, or Debian's dockerd started by hand: without bridge and packet filter, which need a kernel that
    containers and sandboxes often do not have. Containers then share the machine's network."""

    def __init__(self, directory):
        self.directory = directory
        self.process = None
        self.host_network = False
        self.environment = dict(os.environ)
        # The classic builder finds local images without asking a registry.
        self.environment["DOCKER_BUILDKIT"] = "0"

    def __enter__(self):
        if not shutil.which("docker"):
            raise Skip("no docker command (Debian: docker.io)")
        if run(["docker", "info"], env=self.environment).returncode == 0:
            # An engine without a bridge was started as below.
            self.host_network = run(["docker", "network", "inspect", "bridge"], env=self.environment).returncode != 0
            return self
        if not shutil.which("dockerd") or os.geteuid() != 0:
            raise Skip("no Docker engine runs, and one can be started only by root, with Debian's docker.io")
        os.makedirs(self.directory, exist_ok=True)
        socket = os.path.join(self.directory, "sock")
        self.environment["DOCKER_HOST"] = f"unix://{socket}"
        self.host_network = True
        with open(os.path.join(self.directory, "log"), "w") as log:
            self.process = subprocess.Popen(
                ["dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "--host", f"unix://{socket}",
                 "--data-root", os.path.join(self.directory, "root"), "--exec-root", os.path.join(self.directory, "exec"),
                 "--pidfile", os.path.join(self.directory, "pid")], stdout=log, stderr=log, start_new_session=True)
        for _ in range(150):
            if self.process.poll() is not None:
                break
            if run(["docker", "info"], env=self.environment).returncode == 0:
                return self
            time.sleep(0.2)
        tail = open(os.path.join(self.directory, "log")).read().strip().split("\n")[-1]
        self.__exit__()
        raise Skip(f"the Docker engine does not start here: {tail}")

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            self.process.wait(30)

    def docker(self, *arguments, check=True, timeout=120, **options):
        result = run(["docker", *arguments], env=self.environment, timeout=timeout, **options)
        if check and result.returncode != 0:
            raise RuntimeError(f"docker {' '.join(arguments)}: {result.stderr.strip() or result.stdout.strip()}")
        return result

    def base_image(self, name):
        """`name`, or an image of the same Debian release made with debootstrap from the mirror this machine uses."""
        if self.docker("image", "inspect", name, check=False).returncode == 0:
            return name
        try:
            if self.docker("pull", name, check=False, timeout=60).returncode == 0:
                return name
        except subprocess.TimeoutExpired:
            pass
        release = name.split(":")[1].replace("-slim", "")
        local = f"vecino-base:{release}"
        if self.docker("image", "inspect", local, check=False).returncode == 0:
            return local
        if not shutil.which("debootstrap"):
            raise Skip("no registry is reachable, and debootstrap is not installed")
        print(f"no registry is reachable: making {local} with debootstrap", flush=True)
        root = os.path.join(self.directory, "base")
        shutil.rmtree(root, ignore_errors=True)
        made = run(["debootstrap", "--variant=minbase", release, root, mirror()])
        if made.returncode != 0:
            raise Skip(f"debootstrap failed: {made.stdout.strip().split(chr(10))[-1]}")
        configure_apt(root)
        slim_down(root)
        with subprocess.Popen(["tar", "-C", root, "-c", "."], stdout=subprocess.PIPE) as tar:
            subprocess.run(["docker", "import", "-", local], stdin=tar.stdout, env=self.environment, check=True,
                           stdout=subprocess.DEVNULL)
        shutil.rmtree(root, ignore_errors=True)
        return local


def mirror():
    """Where this machine gets Debian from."""
    files = glob.glob("/etc/apt/sources.list.d/*.sources") + glob.glob("/etc/apt/sources.list.d/*.list")
    for path in files + ["/etc/apt/sources.list"]:
        if not os.path.exists(path):
            continue
        text = open(path).read()
        for found in re.findall(r"^URIs:\s*(\S+)|^deb\s+(?:\[[^]]*\]\s*)?(\S+)", text, re.M):
            uri = found[0] or found[1]
            if "debian" in uri and "security" not in uri:
                return uri
    return "http://deb.debian.org/debian"


def configure_apt(root):
    """The machine's sources and what it needs to take them (a proxy, an archive with old dates)."""
    for path in glob.glob("/etc/apt/sources.list.d/debian*.sources"):
        shutil.copy(path, os.path.join(root, "etc/apt/sources.list.d"))
        open(os.path.join(root, "etc/apt/sources.list"), "w").close()
    settings = run(["apt-config", "dump"]).stdout.split("\n")
    wanted = [line for line in settings if re.match(r"Acquire::(Check-|http::Proxy|https::Proxy)", line)]
    with open(os.path.join(root, "etc/apt/apt.conf.d/90local"), "w") as config:
        config.write("\n".join(wanted) + "\n")


def slim_down(root):
    """What Debian's slim images leave out."""
    for path in ("var/lib/apt/lists", "var/cache/apt", "usr/share/doc", "usr/share/man", "usr/share/locale",
                 "usr/share/info", "usr/share/lintian", "var/log"):
        shutil.rmtree(os.path.join(root, path), ignore_errors=True)
        os.makedirs(os.path.join(root, path), exist_ok=True)
    with open(os.path.join(root, "etc/dpkg/dpkg.cfg.d/slim"), "w") as config:
        for path in ("doc", "man", "locale", "info", "lintian"):
            config.write(f"path-exclude /usr/share/{path}/*\n")
