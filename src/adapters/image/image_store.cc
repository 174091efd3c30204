#include "adapters/image/image_store.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/image/layer_unpacker.h"
#include "adapters/image/mapped_file.h"
#include "adapters/image/stored_image_json.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view unfinished_prefix = ".importing-";
constexpr std::size_t digest_scheme_length = 7;
constexpr std::size_t note_bytes_max = std::size_t{32} << 20;

// What a sandbox mounts on in the image's root (adapters/sandbox/sandbox_root.h).
constexpr const char* mount_folders[] = {"proc", "tmp", "input", "output", "dev"};
constexpr const char* mount_files[] = {"dev/null", "dev/zero", "dev/full", "dev/random", "dev/urandom"};

bool holds(const std::vector<std::string>& names, const std::string& name) { return std::ranges::find(names, name) != names.end(); }

void add_missing(std::vector<std::string>& list, const std::vector<std::string>& more) {
  for (const std::string& one : more)
    if (!holds(list, one)) list.push_back(one);
}

Result<FileDescriptor> open_folder(const fs::path& folder) {
  FileDescriptor opened(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened.is_open()) return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable, system_words(folder, errno));
  return opened;
}

Result<StoredImage> read_note(const fs::path& folder) {
  auto text = read_file(folder / "image.json", note_bytes_max);
  if (!text) return pass_on(text);
  return read_stored_image(*text);
}

Result<void> write_note(const StoredImage& image, const fs::path& folder) {
  return write_file(folder / "image.json", to_json(image), 0644);
}

// How names are resolved, in place of what the image was built with: the host's is mounted there for a run that has its network.
Result<void> make_names(ImageTree& tree) {
  if (auto made = tree.make_mount_point("etc/resolv.conf", false); !made) return made;
  if (auto made = tree.make_mount_point("etc/hosts", false); !made) return made;
  std::string_view left = "127.0.0.1 localhost\n::1 localhost\n";
  return tree.write_file("etc/hosts", false, [&left](std::span<char> part) -> Result<std::size_t> {
    const std::size_t size = left.copy(part.data(), part.size());
    left.remove_prefix(size);
    return size;
  });
}

Result<void> make_mount_points(ImageTree& tree, const ImageConfig& config) {
  for (const char* name : mount_folders)
    if (auto made = tree.make_mount_point(name, true); !made) return made;
  for (const char* name : mount_files)
    if (auto made = tree.make_mount_point(name, false); !made) return made;
  const std::pair<const char*, const char*> links[] = {{"dev/fd", "/proc/self/fd"},
                                                       {"dev/stdin", "/proc/self/fd/0"},
                                                       {"dev/stdout", "/proc/self/fd/1"},
                                                       {"dev/stderr", "/proc/self/fd/2"},
                                                       {"dev/shm", "/tmp"}};
  for (const auto& [name, target] : links)
    if (auto made = tree.make_symlink(name, target); !made) return made;
  if (auto made = make_names(tree); !made) return made;
  return tree.need_folder(std::string_view(config.working_folder).substr(1));
}

std::unexpected<Error> not_here(std::string_view reference, const std::vector<std::string>& faults) {
  std::string words = "the image " + std::string(reference) +
                      " is not on this worker's host: orc image pull or orc image import it there, with the worker's --data-dir";
  if (!faults.empty()) words += "; " + faults.front();
  return fail(ErrorCode::not_found, std::move(words));
}

}  // namespace

fs::path ImageStore::place_of(const std::string& digest) const { return folder_ / digest.substr(digest_scheme_length); }

// Held while names change, and while an import makes its folder. Imports unpack without it.
Result<FileDescriptor> ImageStore::lock() const {
  std::error_code problem;
  fs::create_directories(folder_, problem);
  if (problem) return fail(ErrorCode::unavailable, folder_.string() + ": " + problem.message());
  auto folder = open_folder(folder_);
  if (!folder) return folder;
  if (flock(folder->get(), LOCK_EX) != 0) return fail(ErrorCode::unavailable, system_words(folder_, errno));
  return folder;
}

// With lock(). Whoever imports holds its folder; one that nobody holds was left by a killed import.
void ImageStore::remove_unfinished() const {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    if (!entry.path().filename().string().starts_with(unfinished_prefix)) continue;
    const auto folder = open_folder(entry.path());
    if (folder && flock(folder->get(), LOCK_EX | LOCK_NB) == 0) fs::remove_all(entry.path(), ignored);
  }
}

Result<StoredImage> ImageStore::unpack(const ImageLayout& layout, const fs::path& into) const {
  std::error_code problem;
  fs::create_directory(into, problem);
  if (problem) return fail(ErrorCode::unavailable, into.string() + ": " + problem.message());
  auto tree = ImageTree::open(into);
  if (!tree) return pass_on(tree);
  UnpackedAmount amount;
  for (const fs::path& layer : layout.layers) {
    const auto file = MappedFile::open(layer);
    if (!file) return std::unexpected(file.error());
    if (auto unpacked = unpack_layer(file->bytes(), *tree, limits_, amount); !unpacked) return pass_on(unpacked);
  }
  if (auto made = make_mount_points(*tree, layout.config); !made) return pass_on(made);
  return StoredImage{.digest = layout.digest,
                     .names = layout.names,
                     .other_digests = layout.other_digests,
                     .config = layout.config,
                     .bytes = amount.bytes,
                     .files = amount.entries,
                     .left_out = amount.skipped,
                     .imported_at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())};
}

// Names that move to `image` leave others.
Result<void> ImageStore::take_names(const StoredImage& image) {
  auto others = list();
  if (!others) return pass_on(others);
  for (StoredImage& other : *others) {
    if (other.digest == image.digest) continue;
    const auto moved = std::erase_if(other.names, [&](const std::string& name) { return holds(image.names, name); });
    if (moved == 0) continue;
    if (auto written = write_note(other, place_of(other.digest)); !written) return written;
  }
  return {};
}

Result<void> ImageStore::put_in_place(StoredImage& image, const fs::path& from) {
  const auto locked = lock();
  if (!locked) return std::unexpected(locked.error());
  const fs::path place = place_of(image.digest);
  if (auto taken = take_names(image); !taken) return taken;
  if (auto there = read_note(place)) {  // the same bytes: only what it is called is new
    add_missing(there->names, image.names);
    add_missing(there->other_digests, image.other_digests);
    image = std::move(*there);
    return write_note(image, place);
  }
  std::error_code problem;
  if (fs::exists(place / "root", problem)) return write_note(image, place);  // the same bytes, whose note could not be read
  if (auto written = write_note(image, from); !written) return written;
  // All of it is on the disk before its name is.
  const auto written_to = open_folder(from);
  if (!written_to) return std::unexpected(written_to.error());
  if (syncfs(written_to->get()) != 0) return fail(ErrorCode::unavailable, system_words(from, errno));
  fs::rename(from, place, problem);
  if (problem) return fail(ErrorCode::unavailable, place.string() + ": " + problem.message());
  return {};
}

Result<StoredImage> ImageStore::import(const fs::path& file_or_folder, const std::string& name) {
  std::error_code problem;
  if (!fs::is_directory(file_or_folder, problem))
    return in_a_folder([&](const fs::path& work) -> Result<StoredImage> {
      auto layout = fetched_layout([&](const fs::path& folder) { return unpack_layout(file_or_folder, folder, limits_); }, work);
      return take_in(std::move(layout), work, name);
    });
  return in_a_folder([&](const fs::path& work) { return take_in(read_image_layout(file_or_folder, limits_), work, name); });
}

Result<StoredImage> ImageStore::import_fetched(const Fetch& fetch, const ImageReference& reference) {
  return in_a_folder([&](const fs::path& work) -> Result<StoredImage> {
    auto layout = fetched_layout(fetch, work);
    const bool is_another = layout && !reference.digest.empty() && reference.digest != layout->digest;
    if (is_another) add_missing(layout->other_digests, {reference.digest});
    return take_in(std::move(layout), work, reference.name());
  });
}

Result<ImageLayout> ImageStore::fetched_layout(const Fetch& fetch, const fs::path& work) const {
  const fs::path folder = work / "layout";
  std::error_code problem;
  fs::create_directory(folder, problem);
  if (auto fetched = fetch(folder); !fetched) return pass_on(fetched);
  return read_image_layout(folder, limits_);
}

// What keeps it from others, who take one that nobody holds for left behind: so it is made and taken hold of while they may not look.
Result<FileDescriptor> ImageStore::make_work_folder(fs::path& work) const {
  const auto locked = lock();
  if (!locked) return std::unexpected(locked.error());
  remove_unfinished();
  std::string unfinished = (folder_ / unfinished_prefix).string() + "XXXXXX";
  if (mkdtemp(unfinished.data()) == nullptr) return fail(ErrorCode::unavailable, system_words(unfinished, errno));
  work = unfinished;
  auto held = open_folder(work);
  if (held && flock(held->get(), LOCK_SH | LOCK_NB) != 0) return fail(ErrorCode::unavailable, system_words(work, errno));
  return held;
}

// Nothing of it stays.
Result<StoredImage> ImageStore::in_a_folder(const std::function<Result<StoredImage>(const fs::path& work)>& take) {
  // The pattern is of an open folder: once renamed it is the image's.
  fs::path work;
  const auto held = make_work_folder(work);
  if (!held) return std::unexpected(held.error());
  auto image = take(work);
  std::error_code problem;
  fs::remove_all(work, problem);
  return image;
}

Result<StoredImage> ImageStore::take_in(Result<ImageLayout> layout, const fs::path& work, const std::string& name) {
  if (!layout) return pass_on(layout);
  if (!name.empty()) layout->names = {name};
  if (layout->names.empty()) return fail(ErrorCode::invalid_argument, "the image has no name of its own: give it one with --name NAME:TAG");
  std::error_code problem;
  fs::create_directory(work / "image", problem);
  auto image = unpack(*layout, work / "image" / "root");
  if (!image) return image;
  fs::permissions(work / "image", fs::perms(0755), problem);
  if (auto placed = put_in_place(*image, work / "image"); !placed) return pass_on(placed);
  return image;
}

// One that cannot be read keeps nobody from the others.
Result<ImageStore::Notes> ImageStore::read_notes() const {
  Notes notes;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder_, problem)) {
    if (entry.path().filename().string().starts_with(".")) continue;
    auto image = read_note(entry.path());
    if (image) {
      notes.images.push_back(std::move(*image));
    } else if (image.error().code != ErrorCode::not_found) {  // else it was removed meanwhile
      notes.faults.push_back("the image in " + entry.path().string() +
                             " cannot be used until it is imported again: " + image.error().message);
    }
  }
  if (problem && problem != std::errc::no_such_file_or_directory)
    return fail(ErrorCode::unavailable, folder_.string() + ": " + problem.message());
  return notes;
}

std::vector<std::string> ImageStore::faults() const {
  auto notes = read_notes();
  return notes ? std::move(notes->faults) : std::vector{std::move(notes).error().message};
}

Result<std::vector<StoredImage>> ImageStore::list() const {
  auto notes = read_notes();
  if (!notes) return pass_on(notes);
  std::vector<StoredImage> images = std::move(notes->images);
  std::ranges::sort(images, {}, [](const StoredImage& image) { return image.names.empty() ? image.digest : image.names.front(); });
  return images;
}

Result<StoredImage> ImageStore::find(std::string_view text) const {
  // A digest alone is no reference of a registry, but names an image here.
  const bool is_digest = text.starts_with("sha256:");
  const auto reference = is_digest ? std::nullopt : parse_image_reference(text);
  if (!is_digest && !reference)
    return fail(ErrorCode::invalid_argument, "'" + std::string(text.substr(0, 200)) + "' is no image reference");
  auto images = list();
  if (!images) return pass_on(images);
  const std::string digest = is_digest ? std::string(text) : reference->digest;
  for (StoredImage& image : *images)
    if (digest.empty() ? holds(image.names, reference->name()) : image.digest == digest) return std::move(image);
  // After those whose own it is: skopeo may have written one anew that was also taken in as it is.
  for (StoredImage& image : *images)
    if (holds(image.other_digests, digest)) return std::move(image);
  // Only now that none has it: its name may have gone to another since.
  for (const StoredImage& image : *images)
    if (reference && holds(image.names, reference->name()))
      return fail(ErrorCode::conflict, reference->name() + " is here with the digest " + image.digest + ", not " + digest +
                                           ", which orc image pull " + reference->canonical() + " would bring");
  return not_here(text, faults());
}

Result<ImageLease> ImageStore::use(std::string_view reference) const {
  auto image = find(reference);
  if (!image) return pass_on(image);
  const fs::path place = place_of(image->digest);
  auto folder = open_folder(place);
  if (!folder) return not_here(reference, {});
  if (flock(folder->get(), LOCK_SH | LOCK_NB) != 0) return not_here(reference, {});  // being removed
  return ImageLease{.image = std::move(*image), .root = place / "root", .in_use = std::move(*folder)};
}

Result<void> ImageStore::remove(std::string_view text) {
  const auto locked = lock();
  if (!locked) return std::unexpected(locked.error());
  auto image = find(text);
  if (!image) return pass_on(image);
  const fs::path place = place_of(image->digest);
  const auto reference = text.starts_with("sha256:") ? std::nullopt : parse_image_reference(text);
  if (reference && reference->digest.empty()) {
    std::erase(image->names, reference->name());
    if (!image->names.empty()) return write_note(*image, place);
  }
  const auto folder = open_folder(place);
  if (!folder) return std::unexpected(folder.error());
  if (flock(folder->get(), LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorCode::conflict, "a plugin runs from " + std::string(text) + " just now; remove it when that has ended");
  const fs::path leaving = folder_ / (std::string(unfinished_prefix) + place.filename().string());
  std::error_code problem;
  fs::rename(place, leaving, problem);
  if (!problem) fs::remove_all(leaving, problem);
  if (problem) return fail(ErrorCode::unavailable, place.string() + ": " + problem.message());
  return {};
}

}  // namespace orc
