import { serve } from '../../shared/service.mjs';

const MOODS = { tired: 'Rest first. What can wait until tomorrow?', glad: 'What helped? Do it again.' };

serve({
  service: 'agent',
  routes: {
    'POST /replies': ({ body: { text = '' } }) => {
      const mood = Object.keys(MOODS).find((word) => `${text}`.toLowerCase().includes(word));
      return [200, { reply: MOODS[mood] ?? 'Tell me more.' }];
    },
  },
});
