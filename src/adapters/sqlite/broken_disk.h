#pragma once

#include <atomic>
#include <sqlite3.h>

namespace orc {

// For tests: a SQLite VFS that does what the system's does, until told to fail. Must outlive the connections that use it.
class BrokenDisk {
 public:
  static constexpr const char* vfs_name = "broken-disk";

  BrokenDisk() : system_(sqlite3_vfs_find(nullptr)), vfs_(*system_) {
    vfs_.zName = vfs_name;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + system_->szOsFile;
    vfs_.pAppData = this;
    vfs_.xOpen = open;
    set_methods();
    sqlite3_vfs_register(&vfs_, 0);
  }
  BrokenDisk(const BrokenDisk&) = delete;
  BrokenDisk& operator=(const BrokenDisk&) = delete;
  ~BrokenDisk() { sqlite3_vfs_unregister(&vfs_); }

  std::atomic<bool> sync_fails = false;  // of every file from now on

 private:
  // What SQLite sees as an open file; the system's own stands behind it in the same memory.
  struct File {
    sqlite3_file shown;
    BrokenDisk* disk;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  };

  static sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

  void set_methods() {
    methods_ = {};
    methods_.iVersion = 2;
    methods_.xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); };
    methods_.xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) { return real(f)->pMethods->xRead(real(f), to, n, at); };
    methods_.xWrite = [](sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
      return real(f)->pMethods->xWrite(real(f), from, n, at);
    };
    methods_.xTruncate = [](sqlite3_file* f, sqlite3_int64 n) { return real(f)->pMethods->xTruncate(real(f), n); };
    methods_.xSync = [](sqlite3_file* f, int flags) {
      if (reinterpret_cast<File*>(f)->disk->sync_fails) return SQLITE_IOERR_FSYNC;
      return real(f)->pMethods->xSync(real(f), flags);
    };
    methods_.xFileSize = [](sqlite3_file* f, sqlite3_int64* n) { return real(f)->pMethods->xFileSize(real(f), n); };
    methods_.xLock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); };
    methods_.xUnlock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); };
    methods_.xCheckReservedLock = [](sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); };
    methods_.xFileControl = [](sqlite3_file* f, int op, void* arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); };
    methods_.xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); };
    methods_.xDeviceCharacteristics = [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); };
    methods_.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
    };
    methods_.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) {
      return real(f)->pMethods->xShmLock(real(f), offset, n, flags);
    };
    methods_.xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); };
    methods_.xShmUnmap = [](sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); };
  }

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
    auto* const disk = static_cast<BrokenDisk*>(vfs->pAppData);
    reinterpret_cast<File*>(file)->disk = disk;
    const int code = disk->system_->xOpen(disk->system_, name, real(file), flags, out_flags);
    file->pMethods = real(file)->pMethods ? &disk->methods_ : nullptr;
    return code;
  }

  sqlite3_vfs* const system_;
  sqlite3_vfs vfs_;
  sqlite3_io_methods methods_{};
};

}  // namespace orc
