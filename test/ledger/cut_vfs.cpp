// SPDX-FileCopyrightText: The Cifra developers
// SPDX-License-Identifier: Apache-2.0
#include "cut_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <random>
#include <stdexcept>
#include <vector>

namespace test {

namespace {

constexpr std::size_t sector = 512;

struct State {
    std::uint64_t cut_at = 0, operations = 0;
    Survives survives = Survives::nothing;
    bool failed = false, lies = false;
    std::mt19937 random{1};
    sqlite3_vfs* real = nullptr;
};
State state; // of the one disk

struct Write {
    sqlite3_int64 offset;
    std::vector<std::uint8_t> bytes;
};

// What SQLite allocates for a file: ours in front, the real one behind it.
struct File {
    sqlite3_file base;
    sqlite3_file* real;
    std::vector<std::uint8_t>* seen; // the whole file, as a program sees it
    std::vector<Write>* waiting;     // not synced; a truncation is a write without bytes
};

File& file_of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }

void put(File& file, const Write& write) {
    if (write.bytes.empty()) {
        file.real->pMethods->xTruncate(file.real, write.offset);
    } else {
        file.real->pMethods->xWrite(file.real, write.bytes.data(), static_cast<int>(write.bytes.size()), write.offset);
    }
}

// Some sectors reached the disk, in whatever order the drive liked.
void put_some(File& file, const Write& write) {
    if (write.bytes.empty()) {
        if (state.random() % 2 == 0) put(file, write);
        return;
    }
    for (std::size_t at = 0; at < write.bytes.size(); at += sector) {
        if (state.random() % 2 == 0) continue;
        const auto end = std::min(at + sector, write.bytes.size());
        put(file, {write.offset + static_cast<sqlite3_int64>(at),
                   {write.bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    write.bytes.begin() + static_cast<std::ptrdiff_t>(end)}});
    }
}

void lose(File& file) {
    for (const auto& write : *file.waiting) {
        if (state.survives == Survives::everything) put(file, write);
        if (state.survives == Survives::some) put_some(file, write);
    }
    file.waiting->clear();
}

// True: the power is gone.
bool dark() {
    if (state.failed) return true;
    ++state.operations;
    state.failed = state.operations == state.cut_at;
    return state.failed;
}

int close(sqlite3_file* base) {
    auto& file = file_of(base);
    if (state.failed || state.lies) {
        lose(file);
    } else { // a file that is closed is still in the kernel's memory, and no power was cut
        for (const auto& write : *file.waiting) put(file, write);
    }
    const int code = file.real->pMethods->xClose(file.real);
    delete file.seen;
    delete file.waiting;
    return code;
}

int read(sqlite3_file* base, void* out, int amount, sqlite3_int64 offset) {
    const auto& seen = *file_of(base).seen;
    const auto at = std::min(static_cast<std::size_t>(offset), seen.size());
    const auto there = std::min(seen.size() - at, static_cast<std::size_t>(amount));
    std::memset(out, 0, static_cast<std::size_t>(amount));
    if (there > 0) std::memcpy(out, seen.data() + at, there);
    return there < static_cast<std::size_t>(amount) ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

int write(sqlite3_file* base, const void* bytes, int amount, sqlite3_int64 offset) {
    auto& file = file_of(base);
    const auto* from = static_cast<const std::uint8_t*>(bytes);
    const auto end = static_cast<std::size_t>(offset + amount);
    if (dark()) return SQLITE_IOERR_WRITE;
    if (file.seen->size() < end) file.seen->resize(end);
    std::copy_n(from, amount, file.seen->begin() + offset);
    file.waiting->push_back({offset, {from, from + amount}});
    return SQLITE_OK;
}

int truncate(sqlite3_file* base, sqlite3_int64 size) {
    auto& file = file_of(base);
    if (dark()) return SQLITE_IOERR_TRUNCATE;
    file.seen->resize(static_cast<std::size_t>(size));
    file.waiting->push_back({size, {}});
    return SQLITE_OK;
}

int sync(sqlite3_file* base, int) {
    auto& file = file_of(base);
    if (dark()) return SQLITE_IOERR_FSYNC;
    if (state.lies) return SQLITE_OK;
    for (const auto& waiting : *file.waiting) put(file, waiting);
    file.waiting->clear();
    return SQLITE_OK;
}

int file_size(sqlite3_file* base, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(file_of(base).seen->size());
    return SQLITE_OK;
}

sqlite3_file* real(sqlite3_file* base) { return file_of(base).real; }
int lock(sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); }
int unlock(sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); }
int check_lock(sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); }
int control(sqlite3_file* f, int what, void* argument) {
    return what == SQLITE_FCNTL_HAS_MOVED ? real(f)->pMethods->xFileControl(real(f), what, argument) : SQLITE_NOTFOUND;
}
int sector_size(sqlite3_file*) { return static_cast<int>(sector); }
int characteristics(sqlite3_file*) { return 0; } // nothing is atomic
int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** out) {
    return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
}
int shm_lock(sqlite3_file* f, int offset, int n, int flags) {
    return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}
void shm_barrier(sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); }
int shm_unmap(sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); }

const sqlite3_io_methods methods{
    2,         close,      read,    write,       truncate,        sync,    file_size, lock,
    unlock,    check_lock, control, sector_size, characteristics, shm_map, shm_lock,  shm_barrier,
    shm_unmap, nullptr,    nullptr};

int open(sqlite3_vfs*, const char* name, sqlite3_file* base, int flags, int* out) {
    auto& file = *new (base) File{};
    file.real = reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(base) + sizeof(File));
    const int code = state.real->xOpen(state.real, name, file.real, flags, out);
    if (code != SQLITE_OK) return code;
    sqlite3_int64 size = 0;
    file.real->pMethods->xFileSize(file.real, &size);
    file.seen = new std::vector<std::uint8_t>(static_cast<std::size_t>(size));
    file.waiting = new std::vector<Write>();
    if (size > 0) file.real->pMethods->xRead(file.real, file.seen->data(), static_cast<int>(size), 0);
    file.base.pMethods = &methods;
    return SQLITE_OK;
}

int remove(sqlite3_vfs*, const char* name, int sync_folder) {
    if (state.failed) return SQLITE_IOERR_DELETE;
    return state.real->xDelete(state.real, name, sync_folder);
}

sqlite3_vfs disk;

} // namespace

CutDisk::CutDisk(std::uint64_t cut_at, Survives survives) {
    if (state.real != nullptr) throw std::logic_error("one disk at a time");
    state = {};
    state.cut_at = cut_at;
    state.survives = survives;
    state.random.seed(static_cast<std::uint32_t>(cut_at));
    sqlite3_initialize();
    state.real = sqlite3_vfs_find(nullptr);
    disk = *state.real; // names, time and randomness are the real one's
    disk.szOsFile = static_cast<int>(sizeof(File)) + state.real->szOsFile;
    disk.zName = "cut";
    disk.pNext = nullptr;
    disk.xOpen = open;
    disk.xDelete = remove;
    sqlite3_vfs_register(&disk, 1);
}

CutDisk::~CutDisk() {
    sqlite3_vfs_unregister(&disk);
    sqlite3_vfs_register(state.real, 1);
    state.real = nullptr;
}

bool CutDisk::failed() const { return state.failed; }
std::uint64_t CutDisk::operations() const { return state.operations; }
void CutDisk::lie_about_sync() { state.lies = true; }

} // namespace test
