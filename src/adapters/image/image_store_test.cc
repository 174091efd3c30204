#include "adapters/image/image_store.h"

#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <thread>

#include "adapters/image/image_archive.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class ImageStoreTest : public testing::Test {
 protected:
  ImageStoreTest() {
    std::string name = (fs::temp_directory_path() / "orc-images-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    store_.emplace(folder_ / "images");
  }
  ~ImageStoreTest() override { fs::remove_all(folder_); }

  Result<StoredImage> import(const std::string& archive, const std::string& name = "") {
    EXPECT_TRUE(write_file(folder_ / "archive", archive, 0644));
    return store_->import(folder_ / "archive", name);
  }
  std::vector<std::string> all_names() {
    std::vector<std::string> names;
    for (const StoredImage& image : store_->list().value())
      for (const std::string& name : image.names) names.push_back(name);
    return names;
  }

  fs::path folder_;
  std::optional<ImageStore> store_;
};

ImageArchive image(const std::string& content) { return ImageArchive().layer(TarText().file("run", content).done()); }

TEST_F(ImageStoreTest, an_oci_archive_and_what_docker_saved_are_taken_in_and_found_by_name_and_digest) {
  const ImageArchive one = image("one");
  const auto oci = import(one.oci("docker.io/library/one:1"));
  ASSERT_TRUE(oci) << oci.error().message;
  EXPECT_EQ(oci->digest, ImageArchive::digest_of(one.manifest()));
  const ImageArchive two = image("two");
  const auto saved = import(two.saved("somebody/two:2"));
  ASSERT_TRUE(saved) << saved.error().message;
  EXPECT_EQ(saved->digest, ImageArchive::digest_of(two.configuration()));
  for (const std::string& text : {std::string("one:1"), std::string("docker.io/library/one:1"), "one@" + oci->digest, oci->digest}) {
    const auto found = store_->use(text);
    ASSERT_TRUE(found) << text << ": " << found.error().message;
    EXPECT_EQ(read_file(found->root / "run", 100), "one");
  }
  EXPECT_THAT(all_names(), ElementsAre("docker.io/library/one:1", "docker.io/somebody/two:2"));
}

TEST_F(ImageStoreTest, the_configuration_is_kept_and_a_sandbox_can_mount_on_the_root) {
  const auto taken = import(
      image("x")
          .config(R"("Entrypoint": ["/run", "-q"], "Cmd": ["help"], "Env": ["A=b=c", "PATH=/x"], "WorkingDir": "/app/", "User": "0")")
          .oci("one"));
  ASSERT_TRUE(taken) << taken.error().message;
  const auto found = store_->use("one").value();
  EXPECT_THAT(found.image.config.program(), ElementsAre("/run", "-q"));
  EXPECT_THAT(found.image.config.command, ElementsAre("help"));
  EXPECT_EQ(found.image.config.environment, (std::map<std::string, std::string>{{"A", "b=c"}, {"PATH", "/x"}}));
  for (const char* folder : {"app", "proc", "tmp", "input", "output", "dev"}) EXPECT_TRUE(fs::is_directory(found.root / folder)) << folder;
  for (const char* file : {"dev/null", "etc/resolv.conf", "etc/hosts"}) EXPECT_TRUE(fs::is_regular_file(found.root / file)) << file;
}

TEST_F(ImageStoreTest, an_image_that_was_saved_by_several_names_has_them_all) {
  const auto taken = import(ImageArchive::oci_of({{image("one"), "app:1"}, {image("one"), "app:1"}, {image("one"), "app:2"}}));
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_THAT(store_->find("app:1")->names, ElementsAre("docker.io/library/app:1", "docker.io/library/app:2"));
}

TEST_F(ImageStoreTest, a_name_moves_to_the_image_that_has_it_last) {
  const std::string first = import(image("one").oci("app:1"))->digest;
  const std::string second = import(image("two").oci("app:1"))->digest;
  EXPECT_NE(first, second);
  EXPECT_EQ(store_->find("app:1")->digest, second);
  EXPECT_TRUE(store_->find(first)) << "it stays under its digest";
  EXPECT_EQ(import(image("two").oci(""), "docker.io/library/other:1")->digest, second);
  EXPECT_THAT(store_->find(second)->names, ElementsAre("docker.io/library/app:1", "docker.io/library/other:1"));
}

TEST_F(ImageStoreTest, an_image_is_removed_with_its_last_name_and_never_while_it_is_in_use) {
  const std::string digest = import(image("one").oci("app:1"))->digest;
  ASSERT_TRUE(import(image("one").oci("app:2")));
  EXPECT_TRUE(store_->remove("app:2"));
  {
    const auto lease = store_->use("app:1");
    ASSERT_TRUE(lease);
    EXPECT_EQ(store_->remove("app:1").error().code, ErrorCode::conflict);
  }
  EXPECT_TRUE(store_->remove("app:1"));
  EXPECT_EQ(store_->find(digest).error().code, ErrorCode::not_found);
  EXPECT_TRUE(fs::is_empty(folder_ / "images"));
}

TEST_F(ImageStoreTest, a_name_with_another_digest_than_was_asked_for_is_not_the_image) {
  ASSERT_TRUE(import(image("one").oci("app:1")));
  const auto found = store_->find("app:1@sha256:" + std::string(64, 'a'));
  EXPECT_EQ(found.error().code, ErrorCode::conflict);
  EXPECT_THAT(store_->find("absent:1").error().message, HasSubstr("orc image import"));
  EXPECT_EQ(store_->find("--privileged").error().code, ErrorCode::invalid_argument);
}

TEST_F(ImageStoreTest, a_digest_that_is_here_is_found_although_its_name_has_moved_on) {
  const std::string first = import(image("one").oci("app:1"))->digest;
  const std::string second = import(image("two").oci("app:1"))->digest;
  for (const std::string& digest : {first, second}) {
    const auto found = store_->find("app:1@" + digest);
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->digest, digest);
  }
  EXPECT_EQ(store_->find("app:1@sha256:" + std::string(64, 'a')).error().code, ErrorCode::conflict);
}

TEST_F(ImageStoreTest, an_image_answers_to_the_digest_of_its_index_and_to_the_one_by_which_it_was_fetched) {
  const ImageArchive one = image("one");
  const std::string asked = "sha256:" + std::string(64, 'b');
  ASSERT_TRUE(write_file(folder_ / "archive", one.oci("app:1"), 0644));
  const auto fetch = [&](const fs::path& folder) { return unpack_layout(folder_ / "archive", folder, {}); };
  const auto fetched = store_->import_fetched(fetch, parse_image_reference("app@" + asked).value());
  ASSERT_TRUE(fetched) << fetched.error().message;
  ASSERT_TRUE(import(one.oci_by_index(), "docker.io/library/app:1"));
  const std::string index = ImageArchive::digest_of(one.index());
  for (const std::string& text : {asked, "app@" + asked, index, "app:1@" + index, fetched->digest}) {
    const auto found = store_->find(text);
    ASSERT_TRUE(found) << text << ": " << found.error().message;
    EXPECT_EQ(found->digest, ImageArchive::digest_of(one.manifest()));
  }
  EXPECT_THAT(store_->find(index)->other_digests, ElementsAre(asked, index));
  ASSERT_TRUE(write_file(folder_ / "archive", image("two").oci("two"), 0644));
  ASSERT_TRUE(store_->import_fetched(fetch, parse_image_reference("a@" + fetched->digest).value()));
  EXPECT_EQ(store_->find(fetched->digest)->digest, fetched->digest) << "whose own it is comes first";
  EXPECT_TRUE(store_->remove("app@" + asked));
  EXPECT_EQ(store_->find(index).error().code, ErrorCode::not_found);
}

TEST_F(ImageStoreTest, what_is_broken_is_refused_and_nothing_of_it_stays) {
  const ImageArchive good = image("one");
  std::string other_bytes = good.oci("app:1");
  other_bytes.replace(other_bytes.find("one"), 3, "two");
  const std::pair<std::string, std::string> cases[] = {
      {"no tar at all", "no readable tar"},
      {TarText().file("hello", "x").done(), "neither index.json"},
      {other_bytes, "are others"},
      {image("x").architecture("s390x").oci("app:1"), "is for s390x"},
      {image("x").config("").oci("app:1"), "names no program"},
      {good.oci(""), "--name NAME:TAG"},
      {ImageArchive::oci_of({{image("one"), "app:1"}, {image("two"), "app:2"}}), "save them one by one"},
      {TarText().file("manifest.json", R"([{"Config": "../../etc/passwd", "Layers": []}])").done(), "it names the file"},
      {TarText().file("../x", "x").done(), "it names the file"},
      {TarText().file("index.json", R"({"manifests": [{"digest": "sha256:../../../../etc/passwd"}]})").done(), "hexadecimal"},
      {ImageArchive().layer(TarText().file("../x", "x").done()).oci("app:1"), "leads out"},
  };
  for (const auto& [archive, words] : cases) {
    const auto taken = import(archive);
    ASSERT_FALSE(taken) << words;
    EXPECT_THAT(taken.error().message, HasSubstr(words));
    EXPECT_TRUE(fs::is_empty(folder_ / "images")) << words;
  }
}

TEST_F(ImageStoreTest, an_image_whose_note_cannot_be_read_keeps_nobody_from_the_others_and_is_mended_by_importing_it) {
  const std::string digest = import(image("one").oci("app:1"))->digest;
  ASSERT_TRUE(import(image("two").oci("app:2")));
  const fs::path place = folder_ / "images" / digest.substr(std::string("sha256:").size());
  ASSERT_TRUE(write_file(place / "image.json", "{", 0644));
  EXPECT_TRUE(store_->use("app:2"));
  EXPECT_THAT(all_names(), ElementsAre("docker.io/library/app:2"));
  EXPECT_THAT(store_->faults(), ElementsAre(HasSubstr("the image in " + place.string() + " cannot be used until it is imported again")));
  EXPECT_THAT(store_->find("app:1").error().message, HasSubstr(place.string()));
  ASSERT_TRUE(import(image("one").oci("app:1")));
  EXPECT_TRUE(store_->use("app:1"));
  EXPECT_THAT(store_->faults(), testing::IsEmpty());
}

// One that another process has made and not yet taken hold of would look like one that was left behind.
TEST_F(ImageStoreTest, no_import_makes_or_removes_folders_while_another_does) {
  fs::create_directories(folder_ / "images");
  const FileDescriptor other(open((folder_ / "images").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(flock(other.get(), LOCK_EX), 0);
  fs::create_directories(folder_ / "images" / ".importing-other");
  struct stat status{};
  ASSERT_EQ(fstat(other.get(), &status), 0);
  // Of /proc/locks (man 5 proc): "1: -> FLOCK ADVISORY WRITE pid major:minor:inode 0 EOF" is somebody who waits.
  const auto somebody_waits = [ours = ":" + std::to_string(status.st_ino) + " 0 EOF"] {
    std::ifstream locks("/proc/locks");
    for (std::string line; std::getline(locks, line);)
      if (line.contains("-> FLOCK") && line.ends_with(ours)) return true;
    return false;
  };
  std::atomic<bool> fetches = false;
  std::jthread import([&] {
    const auto fetch = [&](const fs::path&) -> Result<void> {
      fetches = true;
      return fail(ErrorCode::unavailable, "away");
    };
    EXPECT_EQ(store_->import_fetched(fetch, parse_image_reference("app:1").value()).error().message, "away");
  });
  while (!fetches && !somebody_waits()) std::this_thread::yield();
  EXPECT_FALSE(fetches);
  EXPECT_TRUE(fs::exists(folder_ / "images" / ".importing-other"));
  EXPECT_EQ(flock(other.get(), LOCK_UN), 0);
  import.join();
  EXPECT_TRUE(fetches);
  EXPECT_FALSE(fs::exists(folder_ / "images" / ".importing-other")) << "nobody held it";
}

TEST_F(ImageStoreTest, what_is_fetched_comes_into_the_stores_own_folder_and_nothing_of_it_stays) {
  fs::path came_into;
  const auto failed = store_->import_fetched(
      [&](const fs::path& folder) -> Result<void> {
        came_into = folder;
        EXPECT_TRUE(write_file(folder / "part", "x", 0644));
        return fail(ErrorCode::unavailable, "the registry is away");
      },
      parse_image_reference("app:1").value());
  EXPECT_EQ(failed.error().message, "the registry is away");
  EXPECT_TRUE(came_into.string().starts_with((folder_ / "images" / ".importing-").string())) << came_into;
  EXPECT_TRUE(fs::is_empty(folder_ / "images"));
}

TEST_F(ImageStoreTest, what_a_killed_import_left_is_removed_by_the_next) {
  fs::create_directories(folder_ / "images" / ".importing-abcdef" / "image");
  ASSERT_TRUE(import(image("one").oci("app:1")));
  EXPECT_FALSE(fs::exists(folder_ / "images" / ".importing-abcdef"));
}

}  // namespace
}  // namespace orc
