// What the host calls of hooks, of events that connectors define, and of commands.

#ifdef __wasm__

#include "wire.h"

#include <string.h>

#if defined(SERVO_EXPORT_EVENTS) || defined(SERVO_EXPORT_COMMANDS)

// Arguments are objects, as the host has made sure.
static const servo_failure *arguments_in(connector_string_t *from, const char *of, const servo_json **to) {
    const char *problem = NULL;
    *to = servo_json_read(wire_text_in(from), &problem);
    connector_string_free(from);
    return *to ? NULL : servo_failed("the arguments of `%s` are no JSON: %s", of, problem);
}

#endif
#ifdef SERVO_EXPORT_DECLARATIONS

bool exports_servo_connector_declarations_declare(exports_servo_connector_declarations_declaration_t *ret,
                                                  servo_connector_contract_failure_t *err) {
    servo_declaration declaration = {0};
    const servo_failure *failure = servo_registered.declare ? servo_registered.declare(&declaration) : NULL;
    if (failure) {
        return wire_ended(failure, err);
    }
    *ret = (exports_servo_connector_declarations_declaration_t){0};
    ret->hooks.len = declaration.count;
    ret->hooks.ptr = wire_alloc(declaration.count * sizeof *ret->hooks.ptr);
    for (size_t i = 0; i < declaration.count; i++) {
        ret->hooks.ptr[i].event = wire_text(declaration.hooks[i].event);
        ret->hooks.ptr[i].moment = declaration.hooks[i].after ? EXPORTS_SERVO_CONNECTOR_DECLARATIONS_MOMENT_AFTER
                                                              : EXPORTS_SERVO_CONNECTOR_DECLARATIONS_MOMENT_BEFORE;
    }
    for (const servo_event *event = servo_registered.events; event && event->name; event++) {
        ret->events.len += event->description != NULL;
        ret->handles.len += event->handle != NULL;
    }
    ret->events.ptr = wire_alloc(ret->events.len * sizeof *ret->events.ptr);
    ret->handles.ptr = wire_alloc(ret->handles.len * sizeof *ret->handles.ptr);
    size_t defined = 0, handled = 0;
    for (const servo_event *event = servo_registered.events; event && event->name; event++) {
        if (event->description) {
            const char *nothing = "{\"type\":\"object\",\"properties\":{},\"additionalProperties\":false}";
            ret->events.ptr[defined++] = (exports_servo_connector_declarations_definition_t){
                .name = wire_text(event->name),
                .description = wire_text(event->description),
                .parameters = wire_text(event->parameters ? event->parameters : nothing),
                .returns = wire_text(event->returns ? event->returns : "{}"),
            };
        }
        if (event->handle) {
            ret->handles.ptr[handled++] = wire_text(event->name);
        }
    }
    return wire_ended(NULL, err);
}

#endif
#ifdef SERVO_EXPORT_HOOKS

static bool hook(const servo_failure *(*call)(const char *, const char *), connector_string_t *event,
                 connector_string_t *json, servo_connector_contract_failure_t *err) {
    const char *name = wire_text_in(event), *text = wire_text_in(json);
    connector_string_free(event);
    connector_string_free(json);
    return wire_ended(call ? call(name, text) : NULL, err);
}

bool exports_servo_connector_hooks_before(connector_string_t *event, connector_string_t *arguments,
                                          servo_connector_contract_failure_t *err) {
    return hook(servo_registered.before, event, arguments, err);
}

bool exports_servo_connector_hooks_after(connector_string_t *event, connector_string_t *outcomes,
                                         servo_connector_contract_failure_t *err) {
    return hook(servo_registered.after, event, outcomes, err);
}

#endif
#ifdef SERVO_EXPORT_EVENTS

bool exports_servo_connector_events_handle(connector_string_t *event, connector_string_t *arguments,
                                           connector_string_t *ret, servo_connector_contract_failure_t *err) {
    const char *name = wire_text_in(event), *result = "null";
    connector_string_free(event);
    const servo_json *given;
    const servo_failure *failure = arguments_in(arguments, name, &given);
    const servo_event *found = servo_registered.events;
    while (found->name && (!found->handle || strcmp(found->name, name) != 0)) {
        found++;
    }
    if (!failure) {
        failure = found->name ? found->handle(found, given, &result)
                              : servo_failed("nothing handles the event `%s`", name);
    }
    if (!failure) {
        *ret = wire_text(result);
    }
    return wire_ended(failure, err);
}

#endif
#ifdef SERVO_EXPORT_COMMANDS

static exports_servo_connector_commands_list_argument_t arguments_out(const servo_argument *from) {
    exports_servo_connector_commands_list_argument_t to = {0};
    while (from && from[to.len].name) {
        to.len++;
    }
    to.ptr = wire_alloc(to.len * sizeof *to.ptr);
    for (size_t i = 0; i < to.len; i++) {
        to.ptr[i] = (exports_servo_connector_commands_argument_t){
            .name = wire_text(from[i].name),
            .description = wire_text(from[i].description),
            .kind = (exports_servo_connector_commands_kind_t)from[i].kind,
            .positional = from[i].positional,
            .required = from[i].required,
            .repeated = from[i].repeated,
        };
    }
    return to;
}

void exports_servo_connector_commands_list(exports_servo_connector_commands_list_command_t *ret) {
    *ret = (exports_servo_connector_commands_list_command_t){0};
    while (servo_registered.commands[ret->len].name) {
        ret->len++;
    }
    ret->ptr = wire_alloc(ret->len * sizeof *ret->ptr);
    for (size_t i = 0; i < ret->len; i++) {
        const servo_command *command = &servo_registered.commands[i];
        ret->ptr[i] = (exports_servo_connector_commands_command_t){
            .name = wire_text(command->name),
            .description = wire_text(command->description),
            .arguments = arguments_out(command->arguments),
        };
    }
    servo_end_call();
}

bool exports_servo_connector_commands_run(connector_string_t *command, connector_string_t *arguments,
                                          exports_servo_connector_commands_answer_t *ret,
                                          servo_connector_contract_failure_t *err) {
    const char *name = wire_text_in(command);
    connector_string_free(command);
    const servo_json *given;
    const servo_failure *failure = arguments_in(arguments, name, &given);
    const servo_command *found = servo_registered.commands;
    while (found->name && strcmp(found->name, name) != 0) {
        found++;
    }
    servo_answer answer = {0};
    if (!failure) {
        failure = found->name ? found->run(found, given, &answer) : servo_failed("there is no command `%s`", name);
    }
    if (failure) {
        return wire_ended(failure, err);
    }
    *ret = (exports_servo_connector_commands_answer_t){.value = wire_text(answer.value ? answer.value : "null")};
    while (answer.columns && answer.columns[ret->columns.len].heading) {
        ret->columns.len++;
    }
    ret->columns.ptr = wire_alloc(ret->columns.len * sizeof *ret->columns.ptr);
    for (size_t i = 0; i < ret->columns.len; i++) {
        ret->columns.ptr[i].heading = wire_text(answer.columns[i].heading);
        ret->columns.ptr[i].pointer = wire_text(answer.columns[i].pointer);
    }
    return wire_ended(NULL, err);
}

#endif
#endif
