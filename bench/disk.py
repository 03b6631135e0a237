# SPDX-FileCopyrightText: The iopriority authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The disks that reads are measured on. A slow one: a file system image, served by slowdisk, as a loop device that goes when its
last user goes. Or a file without a name on a disk of the machine, which goes in the same way."""
import fcntl
import os
import struct
import subprocess

from actors import Program, tool

# linux/loop.h
LOOP_CTL_GET_FREE, LOOP_CONFIGURE, LOOP_CLR_FD = 0x4C82, 0x4C0A, 0x4C01
LO_FLAGS_AUTOCLEAR, LO_FLAGS_DIRECT_IO = 4, 16
IMAGE_BYTES = 1400 << 20
# 300 us a request and 8 us a KiB: about 2,900 small reads or 110 MB a second, one at a time.
SERVICE_US, NS_PER_KIB = 300, 8000


def make_image(path, files, file_bytes):
    """An ext4 of files that do not compress."""
    tree = path + '.tree'
    os.mkdir(tree)
    for i in range(files):
        with open(f'{tree}/{i}', 'wb') as file:
            file.write(os.urandom(file_bytes))
    with open(path, 'wb') as file:
        file.truncate(IMAGE_BYTES)
    subprocess.run(['mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0,nodiscard', '-d', tree, path],
                   check=True)
    subprocess.run(['rm', '-r', tree], check=True)


class Disk:
    """A context manager. Whatever ends this process ends the disk: the device detaches itself when it is closed, and
    the mounts are those of the private bus."""

    size = 256 << 20  # of the device, that readers read from

    def __init__(self, directory):
        self.directory = directory
        self.device = self.fd = self.server = None
        self.scheduler = 'none'

    def __enter__(self):
        image, backing = f'{self.directory}/image', f'{self.directory}/backing'
        os.makedirs(backing)
        os.chmod(self.directory, 0o755)
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=4g', 'tmpfs', self.directory], check=True)
        os.makedirs(backing)
        make_image(image, files=180, file_bytes=5 << 20)
        self.server = Program('root', tool('slowdisk'), backing, image, str(SERVICE_US), str(NS_PER_KIB))
        self.server.line()
        self._attach(f'{backing}/disk')
        os.makedirs(f'{self.directory}/files')
        return self

    def _attach(self, path):
        with open('/dev/loop-control', 'rb') as control:
            self.device = f'/dev/loop{fcntl.ioctl(control, LOOP_CTL_GET_FREE)}'
        self.fd = os.open(self.device, os.O_RDWR | os.O_CLOEXEC)
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        # struct loop_config: fd, block size, struct loop_info64 with the flags at byte 52, 8 reserved words
        info = bytearray(232)
        struct.pack_into('=I', info, 52, LO_FLAGS_AUTOCLEAR | LO_FLAGS_DIRECT_IO)
        fcntl.ioctl(self.fd, LOOP_CONFIGURE, struct.pack('=II', file, 4096) + bytes(info) + bytes(64))
        os.close(file)
        with open(self._queue('scheduler'), encoding='ascii') as names:
            self.scheduler = names.read().split('[')[1].split(']')[0]

    def __exit__(self, *error):
        self.unmount()
        if self.fd is not None:
            self.set_scheduler(self.scheduler)
            os.close(self.fd)
        if self.server:
            self.server.process.terminate()
            self.server.process.wait()

    def _queue(self, name):
        return f'/sys/block/{os.path.basename(self.device)}/queue/{name}'

    def schedulers(self):
        with open(self._queue('scheduler'), encoding='ascii') as names:
            return names.read().replace('[', '').replace(']', '').split()

    def set_scheduler(self, name):
        """"bfq-simple" is bfq without its guess at what is interactive, which by itself favours a reader like ours."""
        with open(self._queue('scheduler'), 'w', encoding='ascii') as file:
            file.write(name.removesuffix('-simple'))
        if name.endswith('-simple'):
            with open(self._queue('iosched/low_latency'), 'w', encoding='ascii') as file:
                file.write('0')

    def open_direct(self):
        return os.open(self.device, os.O_RDONLY | os.O_DIRECT)

    def mount(self):
        """Mounted anew, nothing of it is in memory."""
        self.unmount()
        subprocess.run(['mount', '-o', 'noatime', self.device, f'{self.directory}/files'], check=True)
        os.chmod(f'{self.directory}/files', 0o777)
        return f'{self.directory}/files'

    def unmount(self):
        if os.path.ismount(f'{self.directory}/files'):
            subprocess.run(['umount', f'{self.directory}/files'], check=True)

    def bytes_done(self):
        return bytes_done(f'/sys/block/{os.path.basename(self.device)}')


class OwnFile:
    """A context manager: a file that scripts/bench has opened and unlinked. Whatever ends this process ends it."""

    def __init__(self, fd, size):
        self.fd, self.size = fd, size
        device = os.fstat(fd).st_dev
        self.disk = disk_below(f'/sys/dev/block/{os.major(device)}:{os.minor(device)}')

    def __enter__(self):
        for _ in range(self.size >> 20):
            os.write(self.fd, os.urandom(1 << 20))
        os.fsync(self.fd)
        os.posix_fadvise(self.fd, 0, 0, os.POSIX_FADV_DONTNEED)
        return self

    def __exit__(self, *error):
        os.close(self.fd)

    def scheduler(self):
        with open(f'{self.disk}/queue/scheduler', encoding='ascii') as names:
            return names.read().split('[')[1].split(']')[0]

    def open_direct(self):
        return os.open(f'/proc/self/fd/{self.fd}', os.O_RDONLY | os.O_DIRECT)

    def bytes_done(self):
        return bytes_done(self.disk)


def disk_below(path):
    """The disk that has a scheduler, below partitions and what is mapped."""
    if not os.path.exists(path):
        raise SystemExit('this file system does not say which disk it is on: it cannot be measured')
    path = os.path.realpath(path)
    while os.path.isdir(f'{path}/slaves') and os.listdir(f'{path}/slaves'):
        path = os.path.realpath(f'{path}/slaves/{sorted(os.listdir(f"{path}/slaves"))[0]}')
    return os.path.dirname(path) if os.path.exists(f'{path}/partition') else path


def bytes_done(disk):
    with open(f'{disk}/stat', encoding='ascii') as file:
        fields = file.read().split()
    return 512 * (int(fields[2]) + int(fields[6]))
