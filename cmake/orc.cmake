# Targets of this project: one OBJECT library per layer and per adapter, one test program per folder.

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(PkgConfig REQUIRED)

add_library(orc_options INTERFACE)
target_compile_options(orc_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wimplicit-fallthrough -Wno-c23-extensions -Wno-missing-designated-field-initializers -Werror
  -fstack-protector-strong)
target_include_directories(orc_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_link_options(orc_options INTERFACE -fuse-ld=mold -pie -Wl,-z,relro,-z,now)
target_compile_definitions(orc_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  ORC_VERSION="${PROJECT_VERSION}")
target_link_libraries(orc_options INTERFACE Threads::Threads)
if(ORC_SANITIZE)
  target_compile_options(orc_options INTERFACE -fsanitize=${ORC_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  # The test programs of a sanitized build hold the whole product each: at a fixed address and packed they take a quarter less of the disk.
  target_link_options(orc_options INTERFACE -fsanitize=${ORC_SANITIZE} -no-pie -Wl,--compress-debug-sections=zstd)
elseif(CMAKE_BUILD_TYPE STREQUAL "Release")
  target_compile_options(orc_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
if(ORC_COVERAGE)
  target_compile_options(orc_options INTERFACE -fprofile-instr-generate -fcoverage-mapping)
  target_link_options(orc_options INTERFACE -fprofile-instr-generate)
endif()

# The headers that most sources read, precompiled once for libraries and once for programs, whose options differ.
if(ORC_PRECOMPILED)
  target_compile_options(orc_options INTERFACE "SHELL:-Xclang -fno-pch-timestamp")  # so that the same header gives the same bytes, for ccache
  add_library(orc_precompiled_library OBJECT cmake/precompiled/precompiled.cc)
  add_executable(orc_precompiled_program cmake/precompiled/precompiled.cc)
  target_link_libraries(orc_precompiled_library PRIVATE orc_options)
  target_link_libraries(orc_precompiled_program PRIVATE orc_options)
  target_precompile_headers(orc_precompiled_library PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled/library.h)
  target_precompile_headers(orc_precompiled_program PRIVATE ${PROJECT_SOURCE_DIR}/cmake/precompiled/program.h)
  cmake_language(DEFER CALL orc_link_closure orc_precompiled_program "")
endif()

function(orc_read_precompiled name kind)
  if(ORC_PRECOMPILED)
    target_precompile_headers(${name} REUSE_FROM orc_precompiled_${kind})
  endif()
endfunction()

# orc_embeds(a.cc pattern…): a.cc embeds the files that the patterns name. ccache does not see through #embed, so its key must change with
# them: hence the definition.
function(orc_embeds source)
  file(GLOB files CONFIGURE_DEPENDS ${ARGN})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${files})
  set(hashes "")
  foreach(file ${files})
    file(SHA256 ${file} hash)
    string(APPEND hashes ${hash})
  endforeach()
  string(SHA256 hash "${hashes}")
  set_property(SOURCE ${source} APPEND PROPERTY COMPILE_DEFINITIONS ORC_EMBEDDED_HASH=${hash})
endfunction()

# orc_library(NAME SOURCES a.cc b.cc DEPENDS orc_domain PRIVATE_LIBRARIES sqlite3)
# DEPENDS are libraries of this project, seen by whoever uses this one. PRIVATE_LIBRARIES are third-party: only this target sees their headers.
function(orc_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE_LIBRARIES" ${ARGN})
  add_library(${name} OBJECT ${arg_SOURCES})
  orc_read_precompiled(${name} library)
  if(ORC_MERGED_SOURCES)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
  target_link_libraries(${name} PUBLIC orc_options)
  target_link_libraries(${name} PRIVATE ${arg_PRIVATE_LIBRARIES})
  set_property(TARGET ${name} PROPERTY ORC_DEPENDS "${arg_DEPENDS}")
  set_property(TARGET ${name} PROPERTY ORC_LIBRARIES "${arg_PRIVATE_LIBRARIES}")
endfunction()

# Every object and third-party library that `names` need, each once.
function(orc_closure out_objects out_libraries)
  set(todo ${ARGN})
  set(seen "")
  set(libraries "")
  while(todo)
    list(POP_FRONT todo name)
    if(NOT name IN_LIST seen)
      list(APPEND seen ${name})
      get_target_property(depends ${name} ORC_DEPENDS)
      get_target_property(third_party ${name} ORC_LIBRARIES)
      if(depends)
        list(APPEND todo ${depends})
      endif()
      if(third_party)
        list(APPEND libraries ${third_party})
      endif()
    endif()
  endwhile()
  list(REMOVE_DUPLICATES libraries)
  set(${out_objects} ${seen} PARENT_SCOPE)
  set(${out_libraries} ${libraries} PARENT_SCOPE)
endfunction()

# What a third-party library needs itself where it is linked statically: as much of it as our objects reach.
set(orc_static_archive -l:libarchive.a -l:libzstd.a -l:libz.a)
set(orc_static_crypto -l:libcrypto.a)
set(orc_static_ssl -l:libssl.a -l:libcrypto.a)
set(orc_static_seccomp -l:libseccomp.a)

# orc_program(NAME SOURCES main.cc DEPENDS orc_app [LINKED static]): static is everything but the C library.
function(orc_program name)
  cmake_parse_arguments(arg "" "LINKED" "SOURCES;DEPENDS;PRIVATE_LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  orc_read_precompiled(${name} program)
  target_link_libraries(${name} PRIVATE orc_options ${arg_PRIVATE_LIBRARIES})
  # Once every folder is known: a test beside its source may depend on the fakes, which come later.
  cmake_language(EVAL CODE "cmake_language(DEFER DIRECTORY [[${PROJECT_SOURCE_DIR}]] CALL orc_link_closure ${name} [[${arg_LINKED}]] ${arg_DEPENDS})")
endfunction()

function(orc_link_closure name linked)
  set(names ${ARGN})
  if(ORC_PRECOMPILED)
    list(APPEND names orc_asio)  # who reads Asio's headers without optimisation refers to its globals
  endif()
  orc_closure(objects libraries ${names})
  if(linked STREQUAL "static")
    list(TRANSFORM libraries REPLACE "^(.+)$" "orc_static_\\1")
    set(static "")
    foreach(library ${libraries})
      list(APPEND static ${${library}})
    endforeach()
    # GNU ld, since mold keeps the names that only dropped code asks for, and so asks for a newer C library than is needed.
    set(libraries ${static} -static-libstdc++ -static-libgcc -fuse-ld=bfd)
  endif()
  target_link_libraries(${name} PRIVATE ${libraries})
  foreach(object ${objects})
    target_sources(${name} PRIVATE $<TARGET_OBJECTS:${object}>)
  endforeach()
endfunction()

# orc_test(NAME SOURCES a_test.cc DEPENDS orc_domain [SECONDS 60] [SHARDS 3]): a GoogleTest program, run by ctest under its name. With SECONDS,
# about how long it takes, it is begun before the quick ones; SHARDS share the tests of one that mostly waits.
# ./dev test counts from build/reports.
function(orc_test name)
  if(NOT ORC_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "SECONDS;SHARDS" "SOURCES;DEPENDS;PRIVATE_LIBRARIES" ${ARGN})
  orc_program(${name} SOURCES ${arg_SOURCES} DEPENDS ${arg_DEPENDS} PRIVATE_LIBRARIES ${arg_PRIVATE_LIBRARIES} gtest gmock gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  if(NOT arg_SHARDS)
    set(arg_SHARDS 1)
  endif()
  foreach(shard RANGE 1 ${arg_SHARDS})
    set(part ${name})
    if(shard GREATER 1)
      set(part ${name}_${shard})
    endif()
    add_test(NAME ${part} COMMAND ${name})
    math(EXPR index "${shard} - 1")
    set_tests_properties(${part} PROPERTIES ENVIRONMENT
      "GTEST_TOTAL_SHARDS=${arg_SHARDS};GTEST_SHARD_INDEX=${index};GTEST_OUTPUT=xml:${PROJECT_SOURCE_DIR}/build/reports/gtest/${part}.xml")
    if(arg_SECONDS)
      set_tests_properties(${part} PROPERTIES COST ${arg_SECONDS})
    endif()
  endforeach()
endfunction()
