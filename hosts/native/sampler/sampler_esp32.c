#include "sampler_esp32.h"

#include "sample_sets.h"

#include "esp_adc/adc_continuous.h"
#include "esp_attr.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "soc/soc_caps.h"

#include <string.h>

/** Sample sets in a DMA frame: at 4,000 a second one comes every 16 ms. */
#define FRAME_SETS 64
/** Frames that wait for the task; a power of two. The DMA holds five more. */
#define POOL_FRAMES 8
#define MAX_FRAME_SIZE (FRAME_SETS * SAMPLE_SETS_MAX_CHANNELS * SOC_ADC_DIGI_RESULT_BYTES)
#define READ_TIMEOUT_MS 100
#define TASK_STACK_SIZE 4096
/** Above the meter's own task and the network's, below the timer's. */
#define TASK_PRIORITY 20
#define MID_SCALE 2048
/** Counts; DEFAULT_HYSTERESIS of firmware/metrology/kernel.ts */
#define HYSTERESIS 32

static struct {
  adc_continuous_handle_t adc;
  uint32_t channel_count;
  uint32_t frame_size;
  sample_sets sets;
  sampler_kernel kernel;
  window_ring ring;
  scope scope;
  /** us: when each frame of the pool was complete; frames ever stored, by the interrupt, and read, by the task */
  int64_t frame_times[2 * POOL_FRAMES];
  volatile uint32_t frames_stored;
  uint32_t frames_read;
  /** Frames that the pool had no room for, and what of these and of broken sets is told already */
  volatile uint32_t frames_dropped;
  uint32_t losses_told;
  /** Likewise, to the scope */
  uint32_t losses_scoped;
  /** Of the clipped conversions */
  uint32_t clipped_told;
  atomic_bool stopping;
  atomic_bool running;
  uint8_t frame[MAX_FRAME_SIZE];
  uint16_t block[FRAME_SETS * SAMPLE_SETS_MAX_CHANNELS];
} sampler;

static bool IRAM_ATTR on_frame(adc_continuous_handle_t adc, const adc_continuous_evt_data_t *event, void *context) {
  (void)adc, (void)event, (void)context;
  sampler.frame_times[sampler.frames_stored % (2 * POOL_FRAMES)] = esp_timer_get_time();
  sampler.frames_stored = sampler.frames_stored + 1;
  return false;
}

/** The driver announces a frame before it says that there was no room for it. */
static bool IRAM_ATTR on_overflow(adc_continuous_handle_t adc, const adc_continuous_evt_data_t *event, void *context) {
  (void)adc, (void)event, (void)context;
  sampler.frames_stored = sampler.frames_stored - 1;
  sampler.frames_dropped = sampler.frames_dropped + 1;
  return false;
}

static uint32_t losses_so_far(void) { return sampler.frames_dropped + sampler.sets.broken; }

static void on_window(void *context, const sampler_window *window) {
  (void)context;
  const uint32_t losses = losses_so_far();
  // The frame that the window ends in has been counted as a whole: what it clips after that counts with this window.
  const uint32_t clipped = sampler.sets.clipped;
  window_ring_push(&sampler.ring, window, losses - sampler.losses_told, clipped - sampler.clipped_told);
  sampler.losses_told = losses;
  sampler.clipped_told = clipped;
}

static const uint16_t *take_conversion(const uint8_t *bytes) {
  adc_digi_output_data_t result;
  memcpy(&result, bytes, sizeof result);
#if CONFIG_IDF_TARGET_ESP32
  return sample_sets_take(&sampler.sets, result.type1.channel, result.type1.data);
#else
  return sample_sets_take(&sampler.sets, result.type2.channel, result.type2.data);
#endif
}

static void sum_frame(uint32_t length) {
  const int64_t end_time = sampler.frame_times[sampler.frames_read++ % (2 * POOL_FRAMES)];
  const size_t set_size = sampler.channel_count * sizeof(uint16_t);
  uint32_t count = 0;
  for (uint32_t at = 0; at + SOC_ADC_DIGI_RESULT_BYTES <= length; at += SOC_ADC_DIGI_RESULT_BYTES) {
    const uint16_t *set = take_conversion(sampler.frame + at);
    if (set != NULL) memcpy(sampler.block + count++ * sampler.channel_count, set, set_size);
  }
  const int64_t start_time = sampler.kernel.time;
  // Never refused: frames come in the order of their times.
  const bool is_adjoining = sampler_kernel_add(&sampler.kernel, sampler.block, count, end_time) == 0;
  const uint32_t losses = losses_so_far();
  if (is_adjoining && losses == sampler.losses_scoped)
    scope_add(&sampler.scope, sampler.block, count, sampler.channel_count, start_time, end_time);
  else scope_forget(&sampler.scope);
  sampler.losses_scoped = losses;
}

static void sample(void *context) {
  (void)context;
  while (!atomic_load(&sampler.stopping)) {
    uint32_t length = 0;
    if (adc_continuous_read(sampler.adc, sampler.frame, sampler.frame_size, &length, READ_TIMEOUT_MS) == ESP_OK)
      sum_frame(length);
  }
  adc_continuous_stop(sampler.adc);
  adc_continuous_deinit(sampler.adc);
  atomic_store(&sampler.running, false);
  vTaskDelete(NULL);
}

static bool open_adc(const uint8_t *channels, uint32_t count, uint32_t sets_per_second) {
  const uint32_t rate = sets_per_second * count;
  adc_digi_pattern_config_t pattern[SAMPLE_SETS_MAX_CHANNELS] = {0};
  for (uint32_t k = 0; k < count; k++)
    pattern[k] = (adc_digi_pattern_config_t){
      .atten = ADC_ATTEN_DB_12, .channel = channels[k], .unit = ADC_UNIT_1, .bit_width = ADC_BITWIDTH_12};
  const adc_continuous_handle_cfg_t handle = {
    .max_store_buf_size = POOL_FRAMES * sampler.frame_size,
    .conv_frame_size = sampler.frame_size,
  };
  const adc_continuous_config_t config = {
    .pattern_num = count,
    .adc_pattern = pattern,
    .sample_freq_hz = rate < SOC_ADC_SAMPLE_FREQ_THRES_LOW ? SOC_ADC_SAMPLE_FREQ_THRES_LOW : rate,
    .conv_mode = ADC_CONV_SINGLE_UNIT_1,
#if CONFIG_IDF_TARGET_ESP32
    .format = ADC_DIGI_OUTPUT_FORMAT_TYPE1,
#else
    .format = ADC_DIGI_OUTPUT_FORMAT_TYPE2,
#endif
  };
  const adc_continuous_evt_cbs_t callbacks = {.on_conv_done = on_frame, .on_pool_ovf = on_overflow};
  if (adc_continuous_new_handle(&handle, &sampler.adc) != ESP_OK) return false;
  if (adc_continuous_config(sampler.adc, &config) == ESP_OK &&
      adc_continuous_register_event_callbacks(sampler.adc, &callbacks, NULL) == ESP_OK)
    return true;
  adc_continuous_deinit(sampler.adc);
  return false;
}

static bool start_task(void) {
  if (adc_continuous_start(sampler.adc) != ESP_OK) return false;
  // On this core, which serves the ADC's interrupt: so the task never sees a frame before its time is noted.
  const BaseType_t core = xPortGetCoreID();
  if (xTaskCreatePinnedToCore(sample, "sampler", TASK_STACK_SIZE, NULL, TASK_PRIORITY, NULL, core) == pdPASS)
    return true;
  adc_continuous_stop(sampler.adc);
  return false;
}

bool sampler_start(const uint8_t *channels, uint32_t count, uint32_t sets_per_second) {
  if (atomic_load(&sampler.running)) return false;
  memset(&sampler, 0, sizeof sampler);
  if (!sample_sets_init(&sampler.sets, channels, count)) return false;
  sampler.channel_count = count;
  sampler.frame_size = FRAME_SETS * count * SOC_ADC_DIGI_RESULT_BYTES;
  sampler_kernel_init(&sampler.kernel, count / 2, esp_timer_get_time(), MID_SCALE, HYSTERESIS, on_window, NULL);
  if (!open_adc(channels, count, sets_per_second)) return false;
  atomic_store(&sampler.running, true);
  if (start_task()) return true;
  adc_continuous_deinit(sampler.adc);
  atomic_store(&sampler.running, false);
  return false;
}

bool sampler_take(window_ring_entry *entry) { return window_ring_take(&sampler.ring, entry); }

void sampler_capture(uint32_t sets) { scope_request(&sampler.scope, sets); }

const uint16_t *sampler_captured(int64_t *span) { return scope_answer(&sampler.scope, span); }

void sampler_stop(void) {
  atomic_store(&sampler.stopping, true);
  while (atomic_load(&sampler.running)) vTaskDelay(1);
}
