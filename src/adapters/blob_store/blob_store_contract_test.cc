#include "tests/contract/blob_store_contract.h"

#include <filesystem>
#include <fstream>

#include "adapters/blob_store/directory_blob_store.h"
#include "tests/fakes/fake_credentials.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

// A store in a folder of its own, which goes with it.
struct DirectoryStore {
  DirectoryStore() {
    std::string name = (fs::temp_directory_path() / "orc-blobs-XXXXXX").string();
    root = ::mkdtemp(name.data());
    store = ok(DirectoryBlobStore::open(root, files, clock, digest));
  }
  ~DirectoryStore() { fs::remove_all(root); }
  DirectoryStore(const DirectoryStore&) = delete;
  DirectoryStore& operator=(const DirectoryStore&) = delete;

  void damage(const ContentHash& hash) {
    std::ofstream(root / to_hex(hash).substr(0, 2) / to_hex(hash), std::ios::binary | std::ios::app) << "x";
  }

  fs::path root;
  FakeClock clock;
  FakeDigest digest;
  WorkPool files{"files", {.threads = 2, .waiting_max = 1000}};
  std::unique_ptr<DirectoryBlobStore> store;
};

BlobStoreFixture make_directory_fixture() {
  auto made = std::make_shared<DirectoryStore>();
  DirectoryStore& all = *made;
  return {
      .owner = std::move(made), .blobs = *all.store, .digest = all.digest, .clock = all.clock, .damage = [&all](const ContentHash& hash) {
        all.damage(hash);
      }};
}

INSTANTIATE_TEST_SUITE_P(Directory, BlobStoreContract, testing::Values(make_directory_fixture));

TEST(DirectoryBlobStore, says_so_when_too_much_waits) {
  DirectoryStore narrow;
  WorkPool files{"files", {.threads = 1, .waiting_max = 1}};
  const auto store = ok(DirectoryBlobStore::open(narrow.root, files, narrow.clock, narrow.digest));
  std::vector<Async<ContentHash>> at_once;
  for (int i = 0; i < 20; ++i) at_once.push_back(store->put(std::string(100'000, static_cast<char>('a' + i))));
  int refused = 0;
  for (const auto& answer : run_all(std::move(at_once))) {
    refused += !answer.has_value();
    if (!answer) EXPECT_EQ(answer.error().code, ErrorCode::resource_exhausted);
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace orc
