"""Certificates for tests, made with the openssl command: two authorities, servers and clients, a revocation list."""
import os
import subprocess

EXTENSIONS = """
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
subjectAltName = DNS:localhost
[client]
basicConstraints = CA:FALSE
[authority]
database = %(directory)s/index.txt
crlnumber = %(directory)s/crlnumber
default_md = sha256
default_crl_days = 30
"""


class Certificates:
    def __init__(self, directory):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        with open(self.path("ext.cnf"), "w") as config:
            config.write(EXTENSIONS % {"directory": directory})
        self.authority("ca", "Vecino test authority")
        self.authority("other", "Somebody else")
        self.issue("server", "localhost", "ca", "server")
        self.issue("server2", "localhost", "ca", "server")
        for name in ("ann", "bob", "revoked"):
            self.issue(name, name, "ca", "client")
        self.issue("forged", "ann", "other", "client")
        self.revoke("revoked")

    def path(self, name):
        return os.path.join(self.directory, name)

    def run(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)

    def key(self, name):
        self.run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", self.path(name + ".key"))
        os.chmod(self.path(name + ".key"), 0o600)

    def authority(self, name, subject):
        self.key(name)
        self.run("req", "-new", "-key", self.path(name + ".key"), "-subj", f"/CN={subject}", "-out", self.path("r.csr"))
        self.run("x509", "-req", "-in", self.path("r.csr"), "-signkey", self.path(name + ".key"), "-days", "30",
                 "-extfile", self.path("ext.cnf"), "-extensions", "ca", "-out", self.path(name + ".crt"))

    def issue(self, name, subject, authority, extensions):
        self.key(name)
        self.run("req", "-new", "-key", self.path(name + ".key"), "-subj", f"/O=Vecino/CN={subject}",
                 "-out", self.path("r.csr"))
        self.run("x509", "-req", "-in", self.path("r.csr"), "-CA", self.path(authority + ".crt"),
                 "-CAkey", self.path(authority + ".key"), "-CAcreateserial", "-days", "30",
                 "-extfile", self.path("ext.cnf"), "-extensions", extensions, "-out", self.path(name + ".crt"))

    def revoke(self, name):
        for file, text in (("index.txt", ""), ("crlnumber", "01\n")):
            with open(self.path(file), "w") as out:
                out.write(text)
        common = ["-config", self.path("ext.cnf"), "-name", "authority", "-keyfile", self.path("ca.key"),
                  "-cert", self.path("ca.crt")]
        self.run("ca", *common, "-revoke", self.path(name + ".crt"))
        self.run("ca", *common, "-gencrl", "-out", self.path("ca.crl"))
