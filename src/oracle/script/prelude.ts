/**
 * What the Python parts of a script stand on: the system calls that the module `os` lacks, descriptors by the numbers of the
 * trace, and the line that is printed for each step. Every answer is printed as it is.
 */
export const pythonPrelude = `\
import ctypes, errno, os, re, shutil, subprocess

libc = ctypes.CDLL(None, use_errno=True)
fds, directories, posix = {}, {}, False
# Where the machine's root is: paths in mount options must be absolute.
prefix = os.environb[b'R']
mountinfo = None


def checked(answer):
    if answer < 0:
        raise OSError(ctypes.get_errno(), '')
    return answer


def step(number, expected, call):
    try:
        got = eval(call)
    except OSError as e:
        got = errno.errorcode.get(e.errno, e.errno)
    print('%s: %s\\n    trace: %s\\n    here:  %s' % (number, call, expected, got), flush=True)


def assume(uid, gid, groups):
    os.setresuid(-1, 0, -1)
    os.setgroups(groups)
    os.setresgid(-1, gid, -1)
    os.setresuid(-1, uid, -1)


def number_of(fd):
    number = 0 if posix else len(fds)
    while number in fds:
        number += 1
    fds[number] = fd
    return number


def open_fd(path, flags, mode):
    return number_of(os.open(path, flags, mode))


def close_fd(number):
    fd = fds.get(number, -1)
    os.close(fd)
    fds[number] = -1
    if posix:
        del fds[number]


def shown(st):
    return {'mode': oct(st.st_mode), 'nlink': st.st_nlink, 'uid': st.st_uid, 'gid': st.st_gid, 'size': st.st_size,
            'rdev': (os.major(st.st_rdev), os.minor(st.st_rdev)), 'mtime': int(st.st_mtime), 'dev': st.st_dev,
            'ino': st.st_ino}


def renameat2(old, new, flags):
    checked(libc.renameat2(-100, old, -100, new, flags))


def access(path, mode):
    checked(libc.faccessat(-100, path, mode, 0x200))


def opendir(path):
    fd = number_of(os.open(path, os.O_RDONLY | os.O_DIRECTORY))
    handle = 1
    while handle in directories:
        handle += 1
    directories[handle] = (fd, [])
    return handle, fd


def readent(handle):
    fd, pending = directories[handle]
    if not pending:
        buffer = ctypes.create_string_buffer(32768)
        length = checked(libc.getdents64(fds[fd], buffer, 32768))
        at = 0
        while at < length:
            size = int.from_bytes(buffer.raw[at + 16:at + 18], 'little')
            name = buffer.raw[at + 19:at + size].split(b'\\0')[0]
            pending.append((name, buffer.raw[at + 18], int.from_bytes(buffer.raw[at:at + 8], 'little')))
            at += size
    return pending.pop(0) if pending else None


def rewinddir(handle):
    fd, pending = directories[handle]
    pending.clear()
    os.lseek(fds[fd], 0, 0)


def closedir(handle):
    close_fd(directories.pop(handle)[0])


def make_tmpfs(path):
    os.makedirs(path, exist_ok=True)
    mount(b'trace', path, b'tmpfs', 0, b'mode=755')


def make_disk(path, kind, mebibytes, command):
    os.makedirs(path, exist_ok=True)
    image = path + b'.disk'
    os.close(os.open(image, os.O_CREAT | os.O_EXCL))
    os.truncate(image, mebibytes << 20)
    subprocess.run([*command.split(), image], check=True)
    subprocess.run(['mount', '-t', kind, '-o', 'loop', image, path], check=True)
    os.unlink(image)
    if kind == 'ext4':
        os.rmdir(path + b'/lost+found')


def mount(source, target, kind, flags, data):
    checked(libc.mount(source, target, kind, ctypes.c_ulong(flags), data))
    return mount_shown(target)


def mount_shown(at):
    if mountinfo:
        mountinfo.seek(0)
        shown = [line.split() for line in mountinfo if line.split()[4] == os.environb[b'R'] + at]
        return shown and shown[-1][-1], sorted(os.listdir(at))


def layers(options):
    return re.sub(rb'(?<=[=:])/', lambda slash: prefix + b'/', options)


def make_directory(path, mode):
    os.makedirs(path, exist_ok=True)
    os.chmod(path, mode)


def make_file(path, mode, data):
    with open(path, 'wb') as file:
        file.write(data)
    os.chmod(path, mode)


def fsmount(at, settings):
    context = checked(libc.syscall(430, b'overlay', 1))
    try:
        for key, value in settings:
            checked(libc.syscall(431, context, 0 if value is None else 1, key, value, 0))
        checked(libc.syscall(431, context, 6, None, None, 0))
        mounted = checked(libc.syscall(432, context, 1, 0))
        try:
            checked(libc.syscall(429, mounted, b'', -100, at, 4))
        finally:
            os.close(mounted)
    finally:
        os.close(context)
    return mount_shown(at)


def private_state(uppers, works):
    inside = {path: {name: sorted(os.listdir(os.path.join(path, name))) for name in os.listdir(path)} for path in works}
    return inside, {path: sorted(os.listxattr(path)) for path in uppers}
`;

/** A process of the trace: a child with its own root, ids and descriptors that evaluates what it is sent. */
export const pythonProcesses = `

posix = True
prefix = b''
processes = {}
root = '/'


class Process:
    def __init__(self, root, uid=0, gid=0, groups=(0,), umask=0o022, cwd='/'):
        here, self.requests = os.pipe()
        self.answers, there = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(here), os.close(there)
            return
        global mountinfo
        mountinfo = open('/proc/self/mountinfo', 'rb')
        os.chroot(root), os.chdir(cwd), os.umask(umask)
        os.setgroups(groups), os.setresgid(gid, gid, gid), os.setresuid(uid, uid, uid)
        for number in range(3):
            fds[number] = os.open('/', os.O_PATH)
        for line in os.fdopen(here, 'r'):
            step(*eval(line))
            os.write(there, b'.')
        os._exit(0)

    def step(self, *request):
        os.write(self.requests, (repr(request) + '\\n').encode())
        os.read(self.answers, 1)

    def end(self):
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        os.close(self.requests), os.close(self.answers)


def start(pid, **properties):
    processes[pid] = Process(os.environ['R'] + root, **properties)


def on(pid):
    if pid not in processes:
        start(pid)
    return processes[pid]


def end(pid):
    if pid in processes:
        processes.pop(pid).end()


def end_all():
    for pid in list(processes):
        end(pid)
`;
