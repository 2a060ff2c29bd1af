"""The data directory's files: --init, the first start, pg_hba.conf and its reload, what sees it, sockets."""
import os
import socket
import stat
import subprocess

from client import Client, startup_packet
from common import check, equal, refusal, wait_for


def init(context, *arguments):
    return subprocess.run([context.binary, "--init", *arguments], capture_output=True, text=True, timeout=120)


def init_command(context):
    directory = os.path.join(context.directory, "made")
    password_file = os.path.join(context.directory, "password")
    with open(password_file, "w") as out:
        out.write("s3cret pässword\nsecond line\n")
    run = init(context, "-D", directory, "-U", "bøss", f"--pwfile={password_file}", "--auth-host=scram-sha-256",
               "--auth-local=trust")
    equal((run.returncode, run.stderr), (0, ""))
    equal(stat.S_IMODE(os.stat(directory).st_mode), 0o700)
    for name in ("pg_hba.conf", "pg_ident.conf", "auth_secret"):
        equal(stat.S_IMODE(os.stat(os.path.join(directory, name)).st_mode), 0o600)
    server = context.server(directory=directory)
    equal(context.psql(server, "user=bøss", PGPASSWORD="s3cret pässword"), "bøss")
    equal(context.psql(server, "user=bøss", PGPASSWORD="s3cret"), 'FATAL:  password authentication failed for user "bøss"')
    equal(context.psql(server, "user=bøss"), "fe_sendauth: no password supplied")
    equal(context.psql(server, f"user=bøss host={context.directory}", "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"), "t")
    equal(context.psql(server, f"user=postgres host={context.directory}"), 'FATAL:  role "postgres" does not exist')
    # What cannot be is refused before anything is made.
    again = init(context, "-D", directory)
    equal(again.returncode, 1)
    check(f'directory "{directory}" exists but is not empty' in again.stderr, again.stderr)
    other = os.path.join(context.directory, "unmade")
    for arguments, message in (
        (["-D", other, "-A", "md5"], 'authentication method "md5" is not supported; use "scram-sha-256"'),
        (["-D", other, "-A", "magic"], 'invalid authentication method "magic" for "local" connections'),
        (["-D", other, "--auth-host=peer"], 'invalid authentication method "peer" for "host" connections'),
        (["-D", other, "-A", "password"], "must specify a password for the superuser to enable password authentication"),
        (["-D", other, "-U", "pg_x"], 'superuser name "pg_x" is disallowed; role names cannot begin with "pg_"'),
        (["-D", other, "--pwfile", "/nowhere"], 'could not open file "/nowhere" for reading: No such file or directory'),
        (["-D", other, "--what"], 'option "--what" requires an argument'),
        (["-D", other, "--what=1"], 'unrecognized option "--what"'),
        ([], "no data directory specified: use -D DIR or set PGDATA"),
    ):
        run = init(context, *arguments)
        equal(run.returncode, 1)
        check(message in run.stderr, f"{arguments}: {run.stderr}")
        check(not os.path.exists(other), "nothing is made")


def first_start(context):
    """Without --init: this machine is trusted, everybody else needs a password."""
    directory = os.path.join(context.directory, "fresh")
    server = context.server(directory=directory)
    equal(context.psql(server, "user=postgres"), "postgres")
    equal(context.psql(server, f"user=postgres host={context.directory}"), "postgres")
    rows = context.sql(server, "SELECT type, address, auth_method, error FROM pg_hba_file_rules")
    equal(rows, [["local", None, "trust", None], ["host", "127.0.0.1", "trust", None],
                 ["host", "::1", "trust", None], ["host", "all", "scram-sha-256", None]])
    equal(context.sql(server, "SHOW hba_file"), [[directory + "/pg_hba.conf"]])
    equal(context.sql(server, "SHOW ident_file"), [[directory + "/pg_ident.conf"]])
    # Somebody who removes the file does not get the trusting one again.
    server.stop()
    os.remove(os.path.join(directory, "pg_hba.conf"))
    run = subprocess.run([context.binary, "-D", directory, "-p", str(server.port)], capture_output=True, text=True, timeout=60)
    check(run.returncode != 0 and f"could not load {directory}/pg_hba.conf" in run.stderr, run.stderr)
    check("No such file or directory" in run.stderr, run.stderr)


def hba_reload(context):
    server = context.server("host all all all reject", roles="CREATE ROLE ann LOGIN PASSWORD 'pw'")
    said = 'FATAL:  pg_hba.conf rejects connection for host "127.0.0.1", user "ann", database "postgres", no encryption'
    equal(context.psql(server, "user=ann", PGPASSWORD="pw"), said)
    context.write_hba(server, "host all ann all scram-sha-256")
    context.reload(server)
    equal(context.psql(server, "user=ann", PGPASSWORD="pw"), "ann")
    # A file with an error is not taken, not even its good lines.
    context.write_hba(server, "host all all all trust\nhost all all all magic\nlocal all all md5")
    context.reload(server)
    log = server.log_tail()
    for line in ('invalid authentication method "magic"', 'line 3 of configuration file "',
                 'authentication method "md5" is not supported', "pg_hba.conf was not reloaded"):
        check(line in log, f"the log says: {line}\n{log}")
    equal(context.psql(server, "user=ann", PGPASSWORD="bad"), 'FATAL:  password authentication failed for user "ann"')
    rows = context.sql(server, "SELECT line_number, auth_method, error FROM pg_hba_file_rules")
    equal(rows, [["1", "trust", None], ["2", "trust", None], ["3", None, 'invalid authentication method "magic"'],
                 ["4", None, 'authentication method "md5" is not supported']])
    context.write_hba(server, "host all ann 127.0.0.0/8 trust")
    equal(context.sql(server, "SELECT pg_reload_conf()"), [["t"]])
    wait_for(lambda: context.psql(server, "user=ann") == "ann", "pg_reload_conf")
    # Only superusers see the rules.
    said = context.psql(server, "user=ann", "SELECT * FROM pg_hba_file_rules")
    equal(said, "ERROR:  permission denied for view pg_hba_file_rules")


def hba_rules(context):
    rules = "\n".join(("host sameuser all all trust", "host samerole all all trust", "host team +staff 127.0.0.1/32 trust",
                       'host "all" "all" all trust', "host postgres cat samehost trust", "host postgres dog localhost trust",
                       "host postgres emu .nowhere.example trust", "hostssl all all all trust", "local all ann,bob reject"))
    roles = """CREATE ROLE ann LOGIN; CREATE ROLE bob LOGIN; CREATE ROLE cat LOGIN; CREATE ROLE dog LOGIN; CREATE ROLE emu LOGIN;
        CREATE ROLE staff; CREATE ROLE boss; GRANT staff TO boss; GRANT boss TO ann; CREATE DATABASE team;
        CREATE DATABASE bob; CREATE DATABASE staff"""
    server = context.server(rules, roles=roles)

    def said(user, database):
        return context.psql(server, f"user={user} dbname={database}")

    def nothing(user, database):
        return (f'FATAL:  no pg_hba.conf entry for host "127.0.0.1", user "{user}", database "{database}", no encryption')

    equal(said("bob", "bob"), "bob")
    equal(said("ann", "bob"), nothing("ann", "bob"))
    equal(said("ann", "staff"), "ann")
    equal(said("bob", "staff"), nothing("bob", "staff"))
    equal(said("ann", "team"), "ann")
    equal(said("bob", "team"), nothing("bob", "team"))
    equal(said("cat", "postgres"), "cat")
    equal(said("dog", "postgres"), "dog")
    equal(said("emu", "postgres"), nothing("emu", "postgres"))
    equal(said("nobody", "postgres"), nothing("nobody", "postgres"))
    equal(context.psql(server, f"user=bob host={context.directory}"),
          'FATAL:  pg_hba.conf rejects connection for host "[local]", user "bob", database "postgres", no encryption')


def unix_sockets(context):
    me = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
    server = context.server(f"local all {me},ann peer\nlocal all mapped,wild peer map=m", config="unix_socket_permissions = 0770",
                            ident=f"m {me} mapped\nm /^(.)(.*)$ wild\nother {me} ann\n",
                            roles=f"CREATE ROLE \"{me}\" LOGIN; CREATE ROLE ann LOGIN; CREATE ROLE mapped LOGIN; CREATE ROLE wild LOGIN"
                            if me != "postgres" else "CREATE ROLE ann LOGIN; CREATE ROLE mapped LOGIN; CREATE ROLE wild LOGIN")
    path = f"{context.directory}/.s.PGSQL.{server.port}"
    equal(stat.S_IMODE(os.stat(path).st_mode), 0o770)
    here = f"host={context.directory}"
    equal(context.psql(server, f"{here} user={me}"), me)
    equal(context.psql(server, f"{here} user=ann"), 'FATAL:  Peer authentication failed for user "ann"')
    equal(context.psql(server, f"{here} user=mapped"), "mapped")
    equal(context.psql(server, f"{here} user=wild"), "wild")
    check("provided user name (ann) and authenticated user name" in server.log_tail(), "the log says why")
    equal(context.sql(server, "SELECT client_addr, client_port FROM pg_stat_activity WHERE pid = pg_backend_pid()"),
          [[None, "-1"]])
    with open(path + ".lock") as lock:
        lines = lock.read().split("\n")
    equal([lines[0], lines[1], lines[3], lines[4]],
          [str(server.process.pid), server.directory, str(server.port), context.directory])
    # TLS is not spoken here.
    client = Client(server.port, unix=context.directory)
    client.send(b"\0\0\0\x08\x04\xd2\x16\x2f")
    equal(client.socket.recv(1), b"N")
    # Another server cannot have the socket; what a killed one left behind is taken over.
    other = os.path.join(context.directory, "second")
    run = subprocess.run([context.binary, "-D", other, "-p", str(server.port), "-h", "127.0.0.2", "-c",
                          f"unix_socket_directories={context.directory}"], capture_output=True, text=True, timeout=60)
    check(run.returncode != 0 and f'lock file "{path}.lock" already exists' in run.stderr, run.stderr)
    check(f"(PID {server.process.pid}) using socket file" in run.stderr, run.stderr)
    server.kill()
    check(os.path.exists(path), "a killed server leaves its socket")
    context.start(server)
    equal(context.psql(server, f"{here} user={me}"), me)
    server.stop()
    check(not os.path.exists(path) and not os.path.exists(path + ".lock"), "a stopped server does not")


def no_socket_without_name(context):
    server = context.server("host all all all trust")
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(startup_packet("", "x"))
        check(b"no PostgreSQL user name specified in startup packet" in raw.recv(1000), "a user is needed")
    equal(refusal(lambda: Client(server.port).start("postgres", replication="true")),
          "0A000 replication connections are not supported")


TESTS = (init_command, first_start, hba_reload, hba_rules, unix_sockets, no_socket_without_name)
