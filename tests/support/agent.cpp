// SPDX-FileCopyrightText: The iopriority authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// agent - a polkit authentication agent for tests: stands for the dialog and the person in front of it.
//
//   agent (--process PID | --bus-name NAME)... (--password WORD... | --cancel | --hold)
//
// Prints "ready" when it is registered for every subject, then for each prompt
//   prompt <TAB> ACTION <TAB> MESSAGE <TAB> KEY=VALUE...
// and at its end `end <TAB> authorized | denied | cancelled | withdrawn` (the last: polkit itself closed it).
// --password: types the words one after the other, each once (real PAM); --hold: the dialog stays open.
// Lines on stdin answer the oldest open dialog: "password WORD", "cancel". End of file ends the agent.

#define POLKIT_AGENT_I_KNOW_API_IS_SUBJECT_TO_CHANGE
#include <glib-unix.h>
#include <polkitagent/polkitagent.h>

#include <charconv>
#include <cstdio>
#include <deque>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

template <typename T>
struct Unref {
    void operator()(T* object) const { g_object_unref(object); }
};
template <typename T>
using Object = std::unique_ptr<T, Unref<T>>;

struct Options {
    std::vector<Object<PolkitSubject>> subjects;
    std::deque<std::string> passwords;
    bool cancel{false};
};

void throw_if(GError* error, const std::string& what) {
    if (error == nullptr) {
        return;
    }
    const std::string text = what + ": " + error->message;
    g_error_free(error);
    throw std::runtime_error(text);
}

std::string one_word(std::string_view text) {
    std::string result;
    for (const char c : text) {
        result += (c == '\t' || c == '\n') ? ' ' : c;
    }
    return result;
}

/// One open dialog. Owned by Agent until polkit has its answer.
class Dialog {
 public:
    Dialog(Object<GTask> task, std::string cookie, PolkitIdentity* identity)
        : task_{std::move(task)}, cookie_{std::move(cookie)}, identity_{POLKIT_IDENTITY(g_object_ref(identity))} {}

    void type(std::string password) {
        password_ = std::move(password);
        session_.reset(polkit_agent_session_new(identity_.get(), cookie_.c_str()));
        g_signal_connect_swapped(session_.get(), "request", G_CALLBACK(&Dialog::on_request), this);
        g_signal_connect_swapped(session_.get(), "completed", G_CALLBACK(&Dialog::on_completed), this);
        polkit_agent_session_initiate(session_.get());
    }

    void close(const char* how);

    [[nodiscard]] bool is(GTask* task) const { return task_.get() == task; }

 private:
    static void on_request(Dialog* self, const char* /*prompt*/, gboolean /*echo*/) {
        polkit_agent_session_response(self->session_.get(), self->password_.c_str());
    }
    static void on_completed(Dialog* self, gboolean gained);

    Object<GTask> task_;
    std::string cookie_;
    Object<PolkitIdentity> identity_;
    Object<PolkitAgentSession> session_;
    std::string password_;
};

struct Agent {
    Options options;
    std::deque<std::unique_ptr<Dialog>> open;
    GMainLoop* loop{g_main_loop_new(nullptr, FALSE)};
};

Agent& agent() {
    static Agent instance;
    return instance;
}

/// Answers polkit, forgets the dialog and with it *this.
void Dialog::close(const char* how) {
    std::cout << "end\t" << how << std::endl;
    if (how == std::string_view{"cancelled"}) {
        g_task_return_new_error(task_.get(), POLKIT_ERROR, POLKIT_ERROR_CANCELLED, "the person closed the dialog");
    } else if (how == std::string_view{"denied"}) {
        g_task_return_new_error(task_.get(), POLKIT_ERROR, POLKIT_ERROR_FAILED, "not authenticated");
    } else if (how == std::string_view{"authorized"}) {
        g_task_return_boolean(task_.get(), TRUE);
    } else {
        g_task_return_error_if_cancelled(task_.get());
    }
    std::erase_if(agent().open, [this](const auto& dialog) { return dialog.get() == this; });
}

void Dialog::on_completed(Dialog* self, gboolean gained) {
    auto& words = agent().options.passwords;
    if (gained == FALSE && !words.empty()) {
        std::string next = words.front();
        words.pop_front();
        self->type(std::move(next));
        return;
    }
    self->close(gained != FALSE ? "authorized" : "denied");
}

// -- the listener that libpolkit-agent calls
// -----------------------------------------------------------------------------

struct TestListener {
    PolkitAgentListener parent;
};
struct TestListenerClass {
    PolkitAgentListenerClass parent;
};

void print_prompt(const char* action, const char* message, PolkitDetails* details) {
    std::cout << "prompt\t" << action << '\t' << one_word(message);
    char** keys = polkit_details_get_keys(details);
    for (char** key = keys; key != nullptr && *key != nullptr; ++key) {
        std::cout << '\t' << *key << '=' << one_word(polkit_details_lookup(details, *key));
    }
    g_strfreev(keys);
    std::cout << std::endl;
}

void on_withdrawn(GCancellable* /*cancellable*/, gpointer task) {
    for (auto& dialog : agent().open) {
        if (dialog->is(G_TASK(task))) {
            dialog->close("withdrawn");
            return;
        }
    }
}

void initiate(PolkitAgentListener* listener, const char* action, const char* message, const char* /*icon*/,
              PolkitDetails* details, const char* cookie, GList* identities, GCancellable* cancellable,
              GAsyncReadyCallback callback, gpointer data) {
    Object<GTask> task{g_task_new(listener, cancellable, callback, data)};
    GTask* const key = task.get();
    auto& self = agent();
    self.open.push_back(std::make_unique<Dialog>(std::move(task), cookie, POLKIT_IDENTITY(identities->data)));
    Dialog& dialog = *self.open.back();
    print_prompt(action, message, details);
    g_signal_connect_object(cancellable, "cancelled", G_CALLBACK(on_withdrawn), key, GConnectFlags{});
    if (self.options.cancel) {
        dialog.close("cancelled");
    } else if (!self.options.passwords.empty()) {
        std::string first = self.options.passwords.front();
        self.options.passwords.pop_front();
        dialog.type(std::move(first));
    }
}

gboolean initiate_finish(PolkitAgentListener* /*listener*/, GAsyncResult* result, GError** error) {
    return g_task_propagate_boolean(G_TASK(result), error);
}

void init_class(gpointer type, gpointer /*data*/) {
    auto* const self = static_cast<PolkitAgentListenerClass*>(type);
    self->initiate_authentication = initiate;
    self->initiate_authentication_finish = initiate_finish;
}

GType listener_type() {
    static const GType type =
        g_type_register_static_simple(polkit_agent_listener_get_type(), "TestListener", sizeof(TestListenerClass),
                                      init_class, sizeof(TestListener), nullptr, GTypeFlags{});
    return type;
}

// -- control
// -------------------------------------------------------------------------------------------------------------

void obey(const std::string& line) {
    if (agent().open.empty()) {
        std::cerr << "agent: no dialog is open" << std::endl;
    } else if (line == "cancel") {
        agent().open.front()->close("cancelled");
    } else if (line.starts_with("password ")) {
        agent().open.front()->type(line.substr(line.find(' ') + 1));
    }
}

gboolean on_input(gint /*fd*/, GIOCondition /*condition*/, gpointer /*data*/) {
    do {
        std::string line;
        if (!std::getline(std::cin, line)) {
            g_main_loop_quit(agent().loop);
            return G_SOURCE_REMOVE;
        }
        obey(line);
    } while (std::cin.rdbuf()->in_avail() > 0);  // read already: poll would not tell
    return G_SOURCE_CONTINUE;
}

Object<PolkitSubject> process_subject(std::string_view text) {
    int pid = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), pid).ptr != text.data() + text.size()) {
        throw std::invalid_argument("not a process id: " + std::string{text});
    }
    return Object<PolkitSubject>{polkit_unix_process_new_for_owner(pid, 0, -1)};
}

/// polkit registers agents for processes: the one that owns the name.
Object<PolkitSubject> bus_name_subject(const char* name) {
    const Object<PolkitSubject> subject{polkit_system_bus_name_new(name)};
    GError* error = nullptr;
    PolkitSubject* process =
        polkit_system_bus_name_get_process_sync(POLKIT_SYSTEM_BUS_NAME(subject.get()), nullptr, &error);
    throw_if(error, name);
    return Object<PolkitSubject>{process};
}

void parse(const std::vector<std::string>& arguments, Options& options) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        if (word == "--cancel") {
            options.cancel = true;
        } else if (word == "--process") {
            options.subjects.push_back(process_subject(arguments.at(++i)));
        } else if (word == "--bus-name") {
            options.subjects.push_back(bus_name_subject(arguments.at(++i).c_str()));
        } else if (word == "--password") {
            options.passwords.push_back(arguments.at(++i));
        } else if (word != "--hold") {
            throw std::invalid_argument("unknown option " + word);
        }
    }
}

void serve() {
    std::vector<Object<PolkitAgentListener>> listeners;
    for (const auto& subject : agent().options.subjects) {
        listeners.emplace_back(POLKIT_AGENT_LISTENER(g_object_new(listener_type(), nullptr)));
        GError* error = nullptr;
        const std::string path = "/org/example/IoPriority/TestAgent" + std::to_string(listeners.size());
        polkit_agent_listener_register(listeners.back().get(), POLKIT_AGENT_REGISTER_FLAGS_NONE, subject.get(),
                                       path.c_str(), nullptr, &error);
        throw_if(error, "register");
    }
    std::cout << "ready" << std::endl;
    g_unix_fd_add(STDIN_FILENO, static_cast<GIOCondition>(G_IO_IN | G_IO_HUP), on_input, nullptr);
    g_main_loop_run(agent().loop);
    agent().open.clear();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        std::ios::sync_with_stdio(false);
        parse({argv + 1, argv + argc}, agent().options);
        serve();
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "agent: " << error.what() << '\n';
        return 1;
    }
}
