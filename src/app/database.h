#pragma once

#include <memory>
#include <utility>

#include "ports/audit_log.h"
#include "ports/blob_store.h"
#include "ports/job_reader.h"
#include "ports/job_store.h"
#include "ports/plugin_store.h"
#include "ports/readiness.h"
#include "ports/retention.h"
#include "ports/user_store.h"
#include "ports/worker_store.h"

namespace orc {

// Database is whichever store keeps the rows, seen through its ports. Each lives as long as the database.
class Database {
 public:
  virtual ~Database() = default;

  virtual JobStore& jobs() = 0;
  virtual JobReader& job_reader() = 0;
  virtual PluginStore& plugins() = 0;
  virtual PluginReader& plugin_reader() = 0;
  virtual UserStore& users() = 0;
  virtual ApiKeyStore& api_keys() = 0;
  virtual WorkerStore& workers() = 0;
  virtual AuditLog& audit() = 0;
  virtual BlobCatalog& blobs() = 0;
  virtual Retention& retention() = 0;
  virtual ReadinessProbe& readiness() = 0;

  // Finishes what was asked for, and answers everything later with unavailable. Safe twice.
  virtual void stop() = 0;
};

// A store of either kind as a Database.
template <typename Store>
class DatabaseOf final : public Database {
 public:
  explicit DatabaseOf(std::unique_ptr<Store> store) : store_(std::move(store)) {}

  JobStore& jobs() override { return store_->jobs(); }
  JobReader& job_reader() override { return store_->job_reader(); }
  PluginStore& plugins() override { return store_->plugins(); }
  PluginReader& plugin_reader() override { return store_->plugin_reader(); }
  UserStore& users() override { return store_->users(); }
  ApiKeyStore& api_keys() override { return store_->api_keys(); }
  WorkerStore& workers() override { return store_->workers(); }
  AuditLog& audit() override { return store_->audit(); }
  BlobCatalog& blobs() override { return store_->blobs(); }
  Retention& retention() override { return store_->retention(); }
  ReadinessProbe& readiness() override { return store_->readiness(); }
  void stop() override { store_->stop(); }

 private:
  const std::unique_ptr<Store> store_;
};

}  // namespace orc
